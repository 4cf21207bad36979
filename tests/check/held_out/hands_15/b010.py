# residua-test: wrong target=CNBlock
# What is wrong: the layer scale of length dim is multiplied after the permute back to NCHW, where it meets the width and not the channels
import torch
from torch import nn


class CNBlock(nn.Module):
    """ConvNeXt block; dw conv 7x7, then LN / MLP in channels-last."""

    def __init__(self, dim, layer_scale_init=1e-6, mlp_ratio=4):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.fc1 = nn.Linear(dim, mlp_ratio * dim)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(mlp_ratio * dim, dim)
        self.gamma = nn.Parameter(layer_scale_init * torch.ones(dim))

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.fc2(self.act(self.fc1(x)))
        x = x.permute(0, 3, 1, 2)
        x = self.gamma * x  # expect: R161
        return shortcut + x
