# residua-test: wrong target=FirstStage
import torch
from torch import nn


class FirstStage(nn.Module):
    """Volumes with one channel; the sum adds the volume to each of the maps."""

    def __init__(self, maps=8):
        super().__init__()
        self.maps = maps
        self.conv = nn.Conv2d(1, maps, 5, padding=2)
        self.norm = nn.BatchNorm2d(maps)
        self.act = nn.PReLU(maps)

    def forward(self, volume):
        out = self.norm(self.conv(volume))
        copies = volume.repeat(self.maps, 1, 1, 1)  # expect: R133
        return self.act(out + copies)
