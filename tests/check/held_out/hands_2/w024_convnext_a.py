# residua-test: wrong target=ConvNeXtBlock
# What is wrong: reshape is used where a permute to channels-last is needed, so the MLP mixes scrambled positions
import torch
from torch import nn


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim, layer_scale=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pw1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pw2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(layer_scale * torch.ones(dim))

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.dwconv(x)
        h = h.reshape(B, H, W, C)  # expect: R164
        h = self.pw2(self.act(self.pw1(self.norm(h))))
        h = self.gamma * h
        return x + h.permute(0, 3, 1, 2)
