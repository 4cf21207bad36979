# residua-test: right target=ConvMixerRev
from torch import nn


class ConvMixerRev(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.pw = nn.Sequential(nn.Conv2d(dim, dim, 1), nn.GELU(), nn.BatchNorm2d(dim))
        self.dw = nn.Sequential(nn.Conv2d(dim, dim, 9, padding=4, groups=dim), nn.GELU(), nn.BatchNorm2d(dim))
    def forward(self, x):
        x = self.pw(x)
        return x + self.dw(x)
