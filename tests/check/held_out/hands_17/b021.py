# residua-test: wrong target=WalkerNet
# What is wrong: squeeze() without a dimension drops the batch too when it is 1: the batch norm of the embedding fails
import torch
import torch.nn as nn


class Stride(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = nn.Conv2d(c, c, 3, 2, 1, bias=False)
        self.an = nn.BatchNorm2d(c)
        self.b = nn.Conv2d(c, 2 * c, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(2 * c)
        self.s = nn.Conv2d(c, 2 * c, 1, 2, bias=False)
        self.sn = nn.BatchNorm2d(2 * c)

    def forward(self, x):
        y = self.an(self.a(x)).relu()
        return (self.bn(self.b(y)) + self.sn(self.s(x))).relu()


class WalkerNet(nn.Module):
    """Person images (height twice the width) to identities."""

    def __init__(self, identities=20, base=16, dim=48):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, base, 3, padding=1, bias=False), nn.BatchNorm2d(base), nn.ReLU())
        self.down = nn.Sequential(Stride(base), Stride(2 * base))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.embed = nn.Sequential(nn.Linear(4 * base, dim, bias=False), nn.BatchNorm1d(dim))
        self.classify = nn.Linear(dim, identities)

    def forward(self, people):
        v = self.pool(self.down(self.stem(people)))
        v = torch.squeeze(v)  # expect: R192
        return self.classify(self.embed(v))
