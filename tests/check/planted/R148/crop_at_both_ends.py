# residua-test: wrong target=VoxelNet right=networks/crops_to_size
import torch
from torch import nn


class Cropped(nn.Module):
    """Adds a skip to a map that may be smaller."""

    def forward(self, up, skip):
        gap = [skip.size(axis) - up.size(axis) for axis in (2, 3, 4)]
        d, h, w = gap[0] // 2, gap[1] // 2, gap[2] // 2
        if max(gap) > 0:
            skip = skip[:, :, d : skip.size(2) - d, h : skip.size(3) - h, w : skip.size(4) - w]  # expect: R148
        return up + skip


class Unit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Conv3d(width, width, 3, padding=1), nn.InstanceNorm3d(width), nn.PReLU())

    def forward(self, x):
        return x + self.body(x)


class VoxelNet(nn.Module):
    def __init__(self, width=8, num_classes=2):
        super().__init__()
        self.stem = nn.Conv3d(1, width, 3, padding=1)
        self.fine, self.coarse, self.last = Unit(width), Unit(width), Unit(width)
        self.down = nn.MaxPool3d(2)
        self.up = nn.ConvTranspose3d(width, width, 2, stride=2)
        self.join = Cropped()
        self.head = nn.Conv3d(width, num_classes, 1)

    def forward(self, volume):
        fine = self.fine(self.stem(volume))
        up = self.up(self.coarse(self.down(fine)))
        return self.head(self.last(self.join(up, fine)))
