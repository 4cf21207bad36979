# residua-test: wrong target=DarkStage
# What is wrong: The block adds its input itself and the stage adds it again, so each unit computes 2*x + f(x).
import torch
import torch.nn as nn


def cbl(cin, cout, k, s=1):
    return nn.Sequential(
        nn.Conv2d(cin, cout, k, s, k // 2, bias=False),
        nn.BatchNorm2d(cout),
        nn.LeakyReLU(0.1, inplace=True),
    )


class DarkBlock(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv1 = cbl(ch, ch // 2, 1)
        self.conv2 = cbl(ch // 2, ch, 3)

    def forward(self, x):
        out = self.conv2(self.conv1(x))
        return out + x  # expect


class DarkStage(nn.Module):
    """Down-sampling convolution and n residual units (detector backbone)."""

    def __init__(self, in_channels=32, out_channels=64, n=2):
        super().__init__()
        self.down = cbl(in_channels, out_channels, 3, 2)
        self.blocks = nn.ModuleList([DarkBlock(out_channels) for _ in range(n)])

    def forward(self, x):
        x = self.down(x)
        for block in self.blocks:
            x = x + block(x)  # expect: R105
        return x
