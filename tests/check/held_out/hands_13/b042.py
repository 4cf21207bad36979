# residua-test: wrong target=ScoreResBlock
# What is wrong: Only h is divided by sqrt(2), not the sum, so the variance is not kept.
import math
from typing import Optional

import torch
from torch import nn, Tensor


class ScoreResBlock(nn.Module):
    """Residual block of the score network.

    rescale: the sum of both branches is divided by sqrt(2), so that the variance of the
    output stays where it was.
    """

    def __init__(self, ch: int = 32, ch_out: Optional[int] = None, temb_ch: int = 64, p: float = 0.1,
                 rescale: bool = True):
        super().__init__()
        ch_out = ch_out or ch
        self.first = nn.Sequential(nn.GroupNorm(8, ch), nn.SiLU(), nn.Conv2d(ch, ch_out, 3, padding=1))
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(temb_ch, ch_out))
        self.second = nn.Sequential(
            nn.GroupNorm(8, ch_out), nn.SiLU(), nn.Dropout(p), nn.Conv2d(ch_out, ch_out, 3, padding=1))
        self.skip = nn.Conv2d(ch, ch_out, 1) if ch_out != ch else nn.Identity()
        self.rescale = rescale

    def forward(self, x: Tensor, temb: Tensor) -> Tensor:
        h = self.first(x)
        h = h + self.time(temb)[..., None, None]
        h = self.second(h)
        if self.rescale:
            return self.skip(x) + h / math.sqrt(2)  # expect: R212
        return self.skip(x) + h
