# residua-test: wrong target=ResidualBlock
# What is wrong: the input is added twice (x = x + block(x), then + residual again), so the block computes F(x) + 2x and the activations double with every repeat
"""Darknet-53 stage, ported from the .cfg file"""
import torch
import torch.nn as nn


def Conv(c_in, c_out, k=3, s=1):
    pad = (k - 1) // 2
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, k, s, pad, bias=False),
        nn.BatchNorm2d(c_out),
        nn.LeakyReLU(0.1),
    )


class ResidualBlock(nn.Module):
    """num_blocks x (1x1 reduce, 3x3 expand, shortcut from=-3 linear)"""

    def __init__(self, channels, num_blocks=2):
        super().__init__()
        assert channels % 2 == 0
        self.num_blocks = num_blocks
        self.layers = nn.ModuleList()
        for _ in range(num_blocks):
            self.layers.append(nn.Sequential(
                Conv(channels, channels // 2, k=1),
                Conv(channels // 2, channels, k=3),
            ))

    def forward(self, x):
        for layer in self.layers:
            residual = x
            x = x + layer(x)  # expect
            x = x + residual
        return x
