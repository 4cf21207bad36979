# residua-test: right target=VolumeUnit style='linear-output basic'
import torch.nn as nn


class VolumeUnit(nn.Module):
    def __init__(self, in_channels, out_channels, strides=1):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv3d(in_channels, out_channels, 3, strides, 1), nn.InstanceNorm3d(out_channels), nn.PReLU(),
            nn.Conv3d(out_channels, out_channels, 3, 1, 1), nn.InstanceNorm3d(out_channels), nn.PReLU(),
        )
        self.residual = nn.Identity()
        if strides != 1 or in_channels != out_channels:
            k, p = (3, 1) if strides != 1 else (1, 0)
            self.residual = nn.Conv3d(in_channels, out_channels, k, strides, p)

    def forward(self, x):
        return self.conv(x) + self.residual(x)
