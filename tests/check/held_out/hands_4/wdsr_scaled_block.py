# residua-test: wrong target=WDSRBlockB args=n_feats=32,res_scale=0.1
# What is wrong: The residual scale is applied after the sum, so the identity is scaled down too (0.1 per block) and vanishes in a deep stack
"""WDSR-B block (超分辨率, NTIRE 2018)."""
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm


class WDSRBlockB(nn.Module):
    """Wide activation, then a linear low-rank convolution."""

    def __init__(self, n_feats: int, expand: int = 6, linear: float = 0.8, kernel_size: int = 3,
                 res_scale: float = 1.0, act=None):
        super().__init__()
        self.res_scale = res_scale
        act = act or nn.ReLU(True)
        low_rank = int(n_feats * linear)
        self.body = nn.Sequential(
            weight_norm(nn.Conv2d(n_feats, n_feats * expand, 1)),
            act,
            weight_norm(nn.Conv2d(n_feats * expand, low_rank, 1)),
            weight_norm(nn.Conv2d(low_rank, n_feats, kernel_size, padding=kernel_size // 2)),
        )

    def forward(self, x):
        res = self.body(x)
        res = res + x  # expect
        if self.res_scale != 1.0:
            res = res * self.res_scale  # expect: R152
        return res


class WDSRBody(nn.Module):
    def __init__(self, n_feats=32, n_resblocks=16, res_scale=0.1):
        super().__init__()
        self.blocks = nn.Sequential(*[WDSRBlockB(n_feats, res_scale=res_scale) for _ in range(n_resblocks)])

    def forward(self, x):
        return self.blocks(x)
