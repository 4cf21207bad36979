# residua-test: wrong target=DarkBackbone
# What is wrong: Every DarkResidual already returns x + branch, and the stage adds x a second time, so each block computes 2x + F(x).
from typing import List

import torch
from torch import Tensor, nn


def cbl(cin, cout, k, s=1):
    return nn.Sequential(
        nn.Conv2d(cin, cout, k, s, k // 2, bias=False),
        nn.BatchNorm2d(cout),
        nn.LeakyReLU(0.1),
    )


class DarkResidual(nn.Module):
    """1x1 squeeze, 3x3 expand, shortcut."""

    def __init__(self, ch: int) -> None:
        super().__init__()
        self.conv1 = cbl(ch, ch // 2, 1)
        self.conv2 = cbl(ch // 2, ch, 3)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(x)
        out = self.conv2(out)
        return x + out


class Stage(nn.Module):
    def __init__(self, cin: int, cout: int, n: int) -> None:
        super().__init__()
        self.down = cbl(cin, cout, 3, 2)
        self.blocks = nn.ModuleList([DarkResidual(cout) for _ in range(n)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        for block in self.blocks:
            x = x + block(x)  # expect: R105
        return x


class DarkBackbone(nn.Module):
    """Darknet-53 body, thin version (width 8 instead of 32). Returns the last three maps for the YOLO heads."""

    def __init__(self, width: int = 8, repeats: tuple = (1, 2, 8, 8, 4)) -> None:
        super().__init__()
        self.stem = cbl(3, width, 3)
        chs = [width * 2 ** i for i in range(len(repeats) + 1)]
        self.stages = nn.ModuleList(
            [Stage(a, b, n) for a, b, n in zip(chs[:-1], chs[1:], repeats)]
        )

    def forward(self, x: Tensor) -> List[Tensor]:
        x = self.stem(x)
        outs = []
        for stage in self.stages:
            x = stage(x)
            outs.append(x)
        return outs[-3:]
