# residua-test: wrong target=Darknet53
# What is wrong: the residual block already adds its input, the stage adds it a second time, so the identity path is doubled at every block
import torch
from torch import nn


def conv_bn(in_c, out_c, k=3, s=1):
    return nn.Sequential(
        nn.Conv2d(in_c, out_c, k, s, k // 2, bias=False),
        nn.BatchNorm2d(out_c),
        nn.LeakyReLU(0.1),
    )


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = conv_bn(channels, channels // 2, k=1)
        self.conv2 = conv_bn(channels // 2, channels, k=3)

    def forward(self, x):
        return x + self.conv2(self.conv1(x))


class Stage(nn.Module):
    def __init__(self, in_c, out_c, n):
        super().__init__()
        self.down = conv_bn(in_c, out_c, s=2)
        self.blocks = nn.ModuleList([ResidualBlock(out_c) for _ in range(n)])

    def forward(self, x):
        x = self.down(x)
        for block in self.blocks:
            shortcut = x
            x = block(x)
            x = x + shortcut  # expect: R105
        return x


class Darknet53(nn.Module):
    """Darknet-53 backbone (width can be reduced for tests)."""

    def __init__(self, num_classes=10, width=16, layers=(1, 2, 8, 8, 4)):
        super().__init__()
        self.stem = conv_bn(3, width)
        stages = []
        c = width
        for n in layers:
            stages.append(Stage(c, c * 2, n))
            c *= 2
        self.stages = nn.Sequential(*stages)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(c, num_classes)

    def forward(self, x):
        x = self.stages(self.stem(x))
        return self.fc(self.pool(x).flatten(1))
