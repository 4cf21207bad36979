# residua-test: wrong target=NonLocalBlock3D
# What is wrong: The attention result is (B, N, C) and is reshaped to (B, C, D, H, W) without transposing, which scrambles channels and voxels before the addition.
import torch
import torch.nn as nn


class NonLocalBlock3D(nn.Module):
    """Embedded-Gaussian non-local block for CT volumes, x: (B, C, D, H, W)."""

    def __init__(self, in_channels=16, inter_channels=None):
        super().__init__()
        self.inter = inter_channels or max(in_channels // 2, 1)
        self.theta = nn.Conv3d(in_channels, self.inter, 1)
        self.phi = nn.Conv3d(in_channels, self.inter, 1)
        self.g = nn.Conv3d(in_channels, self.inter, 1)
        self.out = nn.Sequential(
            nn.Conv3d(self.inter, in_channels, 1),
            nn.BatchNorm3d(in_channels),
        )

    def forward(self, x):
        b = x.size(0)
        theta = self.theta(x).view(b, self.inter, -1).permute(0, 2, 1)
        phi = self.phi(x).view(b, self.inter, -1)
        g = self.g(x).view(b, self.inter, -1).permute(0, 2, 1)

        weights = torch.softmax(theta @ phi, dim=-1)
        y = weights @ g
        y = y.contiguous().view(b, self.inter, *x.shape[2:])  # expect: R164
        return x + self.out(y)
