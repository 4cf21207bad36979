# residua-test: right target=GBlockUp style='pre-activation basic'
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm


class GBlockUp(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.b1, self.c1 = nn.BatchNorm2d(in_channels), spectral_norm(nn.Conv2d(in_channels, out_channels, 3, padding=1))
        self.b2, self.c2 = nn.BatchNorm2d(out_channels), spectral_norm(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.sc = spectral_norm(nn.Conv2d(in_channels, out_channels, 1))

    def forward(self, x):
        h = self.c1(F.interpolate(F.relu(self.b1(x)), scale_factor=2))
        h = self.c2(F.relu(self.b2(h)))
        return h + self.sc(F.interpolate(x, scale_factor=2))
