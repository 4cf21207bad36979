# residua-test: wrong target=HybridBlock args='dim=32'
# What is wrong: view(b, h*w, c) reinterprets the memory of an NCHW tensor instead of moving the channels last, so each "token" mixes pixels of one channel.
import torch
from torch import nn


class HybridBlock(nn.Module):
    """conv followed by attention over all pixels, for the last stage of a small CNN (Kaggle cassava leaves)"""

    def __init__(self, dim, heads=4, mlp_ratio=2):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(dim, dim, 3, padding=1, bias=False), nn.BatchNorm2d(dim), nn.ReLU())
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, dim * mlp_ratio), nn.GELU(), nn.Linear(dim * mlp_ratio, dim))

    def forward(self, x):
        x = x + self.conv(x)
        b, c, h, w = x.shape
        t = x.view(b, h * w, c)  # expect: R164
        y = self.norm1(t)
        t = t + self.attn(y, y, y, need_weights=False)[0]
        t = t + self.mlp(self.norm2(t))
        return t.view(b, c, h, w)  # expect
