# residua-test: wrong target=ResStyleNet
from torch import nn


class ResidualUnit(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.path = nn.Sequential(nn.Conv2d(dim, dim, 3, 1, 1), nn.InstanceNorm2d(dim), nn.ReLU(),
                                  nn.Conv2d(dim, dim, 3, 1, 1), nn.InstanceNorm2d(dim))

    def forward(self, x):
        return self.path(x)  # expect: R102


class ResStyleNet(nn.Module):
    """A stem, residual units, an image again."""

    def __init__(self, nf=16, units=3):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, nf, 9, 1, 4), nn.ReLU())
        self.body = nn.Sequential(*[ResidualUnit(nf) for _ in range(units)])
        self.image = nn.Conv2d(nf, 3, 9, 1, 4)

    def forward(self, x):
        return self.image(self.body(self.stem(x)))
