# residua-test: wrong target=CNBlock
# What is wrong: The permutation back is (0, 3, 2, 1) instead of (0, 3, 1, 2): the branch is added with height and width swapped (and fails for non-square input).
from functools import partial

import torch
from torch import nn


class CNBlock(nn.Module):
    def __init__(self, dim, layer_scale=1e-6, norm_layer=partial(nn.LayerNorm, eps=1e-6)):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = norm_layer(dim)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(layer_scale * torch.ones(dim))

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)  # to NHWC for the linears
        x = self.norm(x)
        x = self.pwconv2(self.act(self.pwconv1(x)))
        x = self.gamma * x
        x = x.permute(0, 3, 2, 1)  # expect: R185
        return shortcut + x
