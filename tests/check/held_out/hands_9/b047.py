# residua-test: wrong target=DarkStage
# What is wrong: The residual block already adds its input, and the stage loop adds it a second time, so every block doubles the skip
import torch
from torch import nn


def conv_bn(c1, c2, k=3, s=1):
    return nn.Sequential(
        nn.Conv2d(c1, c2, k, s, padding=k // 2, bias=False),
        nn.BatchNorm2d(c2),
        nn.LeakyReLU(0.1),
    )


class DarkResidual(nn.Module):
    """1x1 squeeze, 3x3 expand, shortcut"""

    def __init__(self, c):
        super().__init__()
        self.cv1 = conv_bn(c, c // 2, k=1)
        self.cv2 = conv_bn(c // 2, c, k=3)

    def forward(self, x):
        return x + self.cv2(self.cv1(x))


class DarkStage(nn.Module):
    """One stage of Darknet-53: strided conv, then n residual blocks."""

    def __init__(self, c1=32, c2=64, n=4):
        super().__init__()
        self.down = conv_bn(c1, c2, k=3, s=2)
        self.blocks = nn.ModuleList(DarkResidual(c2) for _ in range(n))

    def forward(self, x):
        x = self.down(x)
        for block in self.blocks:
            x = x + block(x)  # expect: R105
        return x
