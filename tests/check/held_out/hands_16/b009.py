# residua-test: wrong target=ConvNeXtBlock
# What is wrong: the permute back to channels-first is (0, 3, 2, 1), which swaps height and width; the branch is added transposed (or fails for non-square inputs).
import torch
import torch.nn as nn


def drop_path(x, p: float, training: bool):
    if p == 0.0 or not training:
        return x
    keep = 1 - p
    mask = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(keep)
    return x * mask / keep


class ConvNeXtBlock(nn.Module):
    """dwconv 7x7 -> (N, H, W, C): LayerNorm, Linear, GELU, Linear, layer scale -> (N, C, H, W)"""

    def __init__(self, dim, drop_path=0.0, layer_scale_init_value=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(layer_scale_init_value * torch.ones(dim))
        self.drop_prob = drop_path

    def forward(self, x):
        input = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.pwconv1(x)
        x = self.act(x)
        x = self.pwconv2(x)
        x = self.gamma * x
        x = x.permute(0, 3, 2, 1)  # expect: R185

        x = input + drop_path(x, self.drop_prob, self.training)
        return x
