# residua-test: wrong target=SRNet slow
import torch
import torch.nn.functional as F
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1, self.b1, self.act = nn.Conv2d(c, c, 3, 1, 1), nn.BatchNorm2d(c), nn.PReLU()
        self.c2, self.b2 = nn.Conv2d(c, c, 3, 1, 1), nn.BatchNorm2d(c)

    def forward(self, x):
        return x + self.b2(self.c2(self.act(self.b1(self.c1(x)))))


class SRNet(nn.Module):
    def __init__(self, nf=16):
        super().__init__()
        self.c0 = nn.Conv2d(1, nf, 5, 1, 2)
        self.r1, self.r2, self.r3 = ResidualBlock(nf), ResidualBlock(nf), ResidualBlock(nf)
        self.c1 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.out = nn.Conv2d(nf, 1, 5, 1, 2)

    def forward(self, x):
        f = F.relu(self.c0(x))
        f = self.r1(f)
        f = self.r2(f)
        f = self.r3(f)
        return self.out(F.relu(self.c1(f) + f))  # expect: R228
