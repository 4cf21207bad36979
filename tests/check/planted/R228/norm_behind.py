# residua-test: wrong target=DenoiserNet
from torch import nn


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c), nn.PReLU(),
                                   nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return x + self.inner(x)


class DenoiserNet(nn.Module):
    def __init__(self, nf=16):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, nf, 3, 1, 1), nn.PReLU())
        self.trunk = nn.Sequential(Block(nf), Block(nf), Block(nf))
        self.merge = nn.Sequential(nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf))
        self.last = nn.Conv2d(nf, 3, 3, 1, 1)

    def forward(self, noisy):
        features = self.first(noisy)
        features = self.trunk(features)
        features = features + self.merge(features)  # expect: R228
        return self.last(features)
