# residua-test: right target=StepUnit
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def waves(t: Tensor, size: int) -> Tensor:
    freq = torch.exp(-math.log(10000.0) * torch.arange(size // 2, device=t.device) / (size // 2))
    angle = t.float()[:, None] * freq[None, :]
    return torch.cat([angle.cos(), angle.sin()], dim=1)


class StepUnit(nn.Module):
    def __init__(self, channels: int = 16, code: int = 32, classes: int = 10):
        super().__init__()
        self.code = code
        self.label = nn.Embedding(classes, code)
        self.film = nn.Sequential(nn.Linear(code, code), nn.SiLU(), nn.Linear(code, 2 * channels))
        self.n1, self.n2 = nn.GroupNorm(4, channels), nn.GroupNorm(4, channels)
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.c2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.c2.weight)
        nn.init.zeros_(self.c2.bias)

    def forward(self, x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        cond = self.film(waves(t, self.code) + self.label(y))
        scale, shift = cond[:, :, None, None].chunk(2, dim=1)
        h = self.c1(F.silu(self.n1(x)))
        h = self.n2(h) * (1 + scale) + shift
        return x + self.c2(F.silu(h))
