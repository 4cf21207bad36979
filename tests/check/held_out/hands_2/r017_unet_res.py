# residua-test: right target=ResidualUnit
import torch
import torch.nn as nn


class ResidualUnit(nn.Module):
    """MONAI-like residual unit used in a U-Net."""

    def __init__(self, in_channels, out_channels, stride=1, kernel_size=3, subunits=2):
        super().__init__()
        pad = kernel_size // 2
        self.conv = nn.Sequential()
        c, s = in_channels, stride
        for su in range(subunits):
            self.conv.add_module(f"unit{su}", nn.Sequential(
                nn.Conv2d(c, out_channels, kernel_size, s, pad), nn.InstanceNorm2d(out_channels), nn.PReLU()))
            c, s = out_channels, 1
        self.residual = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            k, p = (kernel_size, pad) if stride != 1 else (1, 0)
            self.residual = nn.Conv2d(in_channels, out_channels, k, stride, p)

    def forward(self, x):
        res = self.residual(x)
        cx = self.conv(x)
        return cx + res
