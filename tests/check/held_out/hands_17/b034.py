# residua-test: wrong target=LesionNet
# What is wrong: the scales of the group norms are drawn uniformly from -0.05 to 0.05, so they start near 0 (1 is right)
import torch
from torch import nn


def norm(width):
    layer = nn.GroupNorm(4, width)
    nn.init.uniform_(layer.weight, -0.05, 0.05)  # expect: R181
    return layer


class CubeUnit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lead = nn.Sequential(norm(width), nn.SiLU(), nn.Conv3d(width, width, 3, padding=1))
        self.tail = nn.Sequential(norm(width), nn.SiLU(), nn.Conv3d(width, width, 3, padding=1))

    def forward(self, cube):
        return cube + self.tail(self.lead(cube))


class LesionNet(nn.Module):
    """Voxel-wise labels of a scan, all at one resolution."""

    def __init__(self, modalities=1, width=16, depth=3, labels=3):
        super().__init__()
        self.embed = nn.Conv3d(modalities, width, 3, padding=1)
        self.units = nn.ModuleList(CubeUnit(width) for _ in range(depth))
        self.read = nn.Sequential(norm(width), nn.SiLU(), nn.Conv3d(width, labels, 1))

    def forward(self, scan):
        h = self.embed(scan)
        for unit in self.units:
            h = unit(h)
        return self.read(h)
