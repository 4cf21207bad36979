# residua-test: wrong target=ChestNet
# What is wrong: The layers were renamed in __init__ (first_conv, second_conv), forward still uses self.conv1 / self.conv2: AttributeError.
from typing import List

import torch
from torch import nn, Tensor


class Projection(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel_size=1, stride=stride, bias=False)
        self.norm = nn.BatchNorm2d(cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))


class Residual(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int):
        super().__init__()
        self.first_conv = nn.Conv2d(cin, cout, kernel_size=3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(cout)
        self.second_conv = nn.Conv2d(cout, cout, kernel_size=3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(cout)
        self.shortcut = Projection(cin, cout, stride) if stride != 1 or cin != cout else nn.Identity()
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        h = self.act(self.first_norm(self.conv1(x)))  # expect: R161
        h = self.second_norm(self.conv2(h))
        return self.act(h + self.shortcut(x))


class ChestNet(nn.Module):
    """Grey-scale X-rays to findings (multi-label logits)."""

    def __init__(self, blocks: List[int] = [2, 2, 2], widths: List[int] = [16, 32, 64], findings: int = 14):
        super().__init__()
        assert len(blocks) == len(widths)
        self.stem = nn.Sequential(
            nn.Conv2d(1, widths[0], kernel_size=7, stride=2, padding=3, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU())
        mods: List[nn.Module] = []
        prev = widths[0]
        for level, (n, w) in enumerate(zip(blocks, widths)):
            mods.append(Residual(prev, w, stride=1 if level == 0 else 2))
            mods.extend(Residual(w, w, stride=1) for _ in range(n - 1))
            prev = w
        self.mods = nn.Sequential(*mods)
        self.out = nn.Linear(prev, findings)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mods(self.stem(x))
        return self.out(x.flatten(2).mean(dim=-1))
