# residua-test: wrong target=B
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, padding=1)
        self.c2 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        y = F.relu(self.c1(x))
        y = F.relu(self.c2(y) + x)  # expect: R161
