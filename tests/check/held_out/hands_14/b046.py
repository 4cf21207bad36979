# residua-test: wrong target=CNBlock
# What is wrong: The way back from channels-last permutes (0, 3, 2, 1) instead of (0, 3, 1, 2), so height and width are swapped in the branch: transposed sum for square maps, a failure for others.
from functools import partial

import torch
from torch import nn


class CNBlock(nn.Module):
    def __init__(self, dim=64, layer_scale=1e-6, norm_layer=partial(nn.LayerNorm, eps=1e-6)):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.mlp = nn.Sequential(
            norm_layer(dim),
            nn.Linear(dim, dim * 4),
            nn.GELU(),
            nn.Linear(dim * 4, dim),
        )
        self.layer_scale = nn.Parameter(torch.full((dim,), layer_scale))

    def forward(self, x):
        y = self.dw(x)
        y = y.permute(0, 2, 3, 1)       # N H W C, LayerNorm + Linear want channels last
        y = self.layer_scale * self.mlp(y)
        y = y.permute(0, 3, 2, 1)  # expect: R185
        return x + y
