# residua-test: right target=MixerLayer
import torch
from torch import nn
from typing import Tuple

class _Mlp(nn.Sequential):
    def __init__(self, d, h):
        super().__init__(nn.Linear(d, h), nn.GELU(), nn.Linear(h, d))

class MixerLayer(nn.Module):
    """fixed 4x4 grid of patches => 16 tokens, any batch"""
    def __init__(self, grid: Tuple[int, int] = (4, 4), dim: int = 24, ratio: Tuple[float, float] = (0.5, 4.0)):
        super().__init__()
        self.n = grid[0] * grid[1]
        self.ln_t, self.ln_c = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.token_mlp = _Mlp(self.n, int(dim * ratio[0]))
        self.chan_mlp = _Mlp(dim, int(dim * ratio[1]))

    def forward(self, x):
        assert x.shape[1] == self.n, f"expected {self.n} tokens, got {x.shape[1]}"
        x = x + self.token_mlp(self.ln_t(x).mT).mT
        x = x + self.chan_mlp(self.ln_c(x))
        return x
