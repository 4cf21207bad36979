# residua-test: right target=RevStage
from typing import Tuple

import torch
from torch import nn, Tensor


class Coupling(nn.Module):
    def __init__(self, half: int):
        super().__init__()
        self.F = nn.Sequential(nn.InstanceNorm2d(half), nn.ELU(), nn.Conv2d(half, half, 3, padding=1))

    def forward(self, pair: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tensor]:
        a, b = pair
        return b, a + self.F(b)

    def inverse(self, pair: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tensor]:
        b, a = pair
        return a - self.F(b), b


class RevStage(nn.Module):
    """i-RevNet like stage, bijective"""

    def __init__(self, channels: int = 16, n: int = 4):
        super().__init__()
        self.steps = nn.ModuleList(Coupling(channels // 2) for _ in range(n))

    def forward(self, x: Tensor) -> Tensor:
        pair = x.chunk(2, 1)
        for s in self.steps:
            pair = s(pair)
        return torch.cat(pair, 1)

    def inverse(self, y: Tensor) -> Tensor:
        pair = y.chunk(2, 1)
        for s in reversed(self.steps):
            pair = s.inverse(pair)
        return torch.cat(pair, 1)
