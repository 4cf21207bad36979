# residua-test: wrong target=Neck
import torch.nn as nn


class Neck(nn.Module):
    def __init__(self, c):
        super().__init__()
        m = c // 4
        self.a = nn.Conv2d(c, m, 1, bias=False)
        self.na = nn.BatchNorm2d(m)
        self.b = nn.Conv2d(m, m, 3, padding=1, bias=False)
        self.nb = nn.BatchNorm2d(m)
        self.d = nn.Conv2d(m, c, 1, bias=False)
        self.nd = nn.BatchNorm2d(c)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.na(self.a(x))  # expect
        y = self.nb(self.b(y))  # expect: R156
        y = self.nd(self.d(y))  # expect
        return self.relu(x + y)
