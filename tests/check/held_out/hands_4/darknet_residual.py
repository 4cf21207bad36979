# residua-test: wrong target=DarkResidual
# What is wrong: The identity is added twice (once in place in forward, once more in _add), so the block computes F(x) + 2x
"""Darknet-53 building blocks used by our YOLOv3 port."""
import torch
import torch.nn as nn


class ConvBNLeaky(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride,
                              padding=kernel_size // 2, bias=False)
        self.norm = nn.BatchNorm2d(out_channels)
        self.act = nn.LeakyReLU(0.1)

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class DarkResidual(nn.Module):
    """1x1 squeeze, 3x3 expand, then the shortcut of the yolo cfg file."""

    def __init__(self, channels: int, shortcut: bool = True):
        super().__init__()
        assert channels % 2 == 0
        self.squeeze = ConvBNLeaky(channels, channels // 2, 1)
        self.expand = ConvBNLeaky(channels // 2, channels, 3)
        self.shortcut = shortcut

    def _add(self, x, y):
        return x + y if self.shortcut else y

    def forward(self, x):
        residual = x
        out = self.squeeze(x)
        out = self.expand(out)
        if self.shortcut:
            out = out + residual  # expect
        return self._add(x, out)  # expect: R105


def make_stage(channels, num_blocks):
    layers = [ConvBNLeaky(channels // 2, channels, 3, stride=2)]
    layers += [DarkResidual(channels) for _ in range(num_blocks)]
    return nn.Sequential(*layers)


if __name__ == "__main__":
    print(make_stage(64, 2)(torch.randn(1, 32, 64, 64)).shape)
