# residua-test: wrong target=VoxelEncoder
# What is wrong: the network takes residual=True and never hands it to its units, which default to no sum
import torch
from torch import nn


class VoxelUnit(nn.Module):
    def __init__(self, channels, residual=False):
        super().__init__()
        self.residual = residual
        self.layers = nn.Sequential(
            nn.Conv3d(channels, channels, 3, padding=1, bias=False),
            nn.InstanceNorm3d(channels, affine=True),
            nn.LeakyReLU(0.01),
            nn.Conv3d(channels, channels, 3, padding=1, bias=False),
            nn.InstanceNorm3d(channels, affine=True),
        )
        self.final = nn.LeakyReLU(0.01)

    def forward(self, volume):
        out = self.layers(volume)
        if self.residual:
            out = out + volume
        return self.final(out)


class VoxelEncoder(nn.Module):
    def __init__(self, in_channels=1, base=8, levels=3, classes=4, residual=True):
        super().__init__()
        self.entry = nn.Conv3d(in_channels, base, 3, padding=1)
        parts = []
        for level in range(levels):
            width = base * 2**level
            parts.append(VoxelUnit(width))  # expect: R151  # expect: R189
            parts.append(nn.Conv3d(width, 2 * width, 2, stride=2))
        self.parts = nn.Sequential(*parts)
        self.head = nn.Linear(base * 2**levels, classes)

    def forward(self, volume):
        feats = self.parts(self.entry(volume))
        return self.head(feats.mean(dim=(2, 3, 4)))
