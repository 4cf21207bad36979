# residua-test: wrong target=NextUnit
# What is wrong: The layer scale is a plain tensor, neither Parameter nor buffer: the branch stays at 1e-6 for ever and the scale does not follow the module
import torch
import torch.nn as nn


class NextUnit(nn.Module):
    """ConvNeXt block with a learnable per-channel layer scale."""

    def __init__(self, dim=96, layer_scale=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = layer_scale * torch.ones(dim)  # expect: R168

    def forward(self, x):
        y = self.dwconv(x).permute(0, 2, 3, 1)
        y = self.pwconv2(self.act(self.pwconv1(self.norm(y))))
        y = self.gamma * y  # expect
        return x + y.permute(0, 3, 1, 2)
