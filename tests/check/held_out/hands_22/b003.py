# residua-test: wrong target=RCAB
# What is wrong: The in-place += overwrites the input that the first convolution saved for its backward pass; training stops with a RuntimeError.
import torch
import torch.nn as nn


class CALayer(nn.Module):
    def __init__(self, channel, reduction=4):
        super().__init__()
        self.conv_du = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channel, channel // reduction, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel // reduction, channel, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.conv_du(x)


class RCAB(nn.Module):
    """Residual channel attention block (RCAN super-resolution)."""

    def __init__(self, n_feat, kernel_size=3):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feat, n_feat, kernel_size, padding=kernel_size // 2),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_feat, n_feat, kernel_size, padding=kernel_size // 2),
            CALayer(n_feat),
        )

    def forward(self, x):
        x += self.body(x)  # expect: R108
        return x
