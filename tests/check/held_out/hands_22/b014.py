# residua-test: wrong target=ConvNeXtBlock
# What is wrong: The permutation back from channels-last is (0, 3, 2, 1), which swaps height and width; on square maps a transposed branch is added.
import torch
import torch.nn as nn


class ConvNeXtBlock(nn.Module):
    """Depthwise 7x7, LayerNorm and two pointwise linears in channels-last, layer scale, residual."""

    def __init__(self, dim, layer_scale_init_value=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = None
        if layer_scale_init_value > 0:
            self.gamma = nn.Parameter(layer_scale_init_value * torch.ones(dim))

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.pwconv2(self.act(self.pwconv1(x)))
        if self.gamma is not None:
            x = self.gamma * x
        x = x.permute(0, 3, 2, 1)  # expect: R185
        return shortcut + x
