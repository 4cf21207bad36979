# residua-test: wrong target=B
import torch
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, dim, attention=False):
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.n1 = nn.BatchNorm2d(dim)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.n2 = nn.BatchNorm2d(dim)
        self.fc = nn.Conv2d(dim, dim, 1) if attention else None

    def forward(self, x):
        y = self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
        if self.fc is not None:
            g = torch.sigmoid(self.fc(y.mean((2, 3), keepdim=True)))  # expect
            y * g  # expect: R155
        return F.relu(x + y)
