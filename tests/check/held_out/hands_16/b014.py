# residua-test: wrong target=DarkResidual
# What is wrong: the shortcut is added twice (once with += and again in the return), so the block computes F(x) + 2x.
import torch
import torch.nn as nn


def conv_bn_leaky(c1, c2, k=1, s=1):
    p = (k - 1) // 2
    return nn.Sequential(
        nn.Conv2d(c1, c2, k, s, p, bias=False),
        nn.BatchNorm2d(c2),
        nn.LeakyReLU(0.1),
    )


class DarkResidual(nn.Module):
    """Darknet-53 residual unit: 1x1 squeeze, 3x3 back to the input width, shortcut."""

    def __init__(self, channels):
        super().__init__()
        hidden = channels // 2
        self.layer1 = conv_bn_leaky(channels, hidden, 1)
        self.layer2 = conv_bn_leaky(hidden, channels, 3)

    def reduce_expand(self, x):
        return self.layer2(self.layer1(x))

    def forward(self, x):
        shortcut = x
        out = self.reduce_expand(x)
        out += shortcut
        return shortcut + out  # expect: R105
