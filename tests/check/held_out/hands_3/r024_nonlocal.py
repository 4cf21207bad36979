# residua-test: right target=NonLocalBlock
import torch
from torch import nn
import torch.nn.functional as F


class NonLocalBlock(nn.Module):
    """Embedded-Gaussian non-local block, z = W(y) + x with the last BN zero-initialised."""

    def __init__(self, in_channels, inter_channels=None, sub_sample=False):
        super().__init__()
        self.inter = inter_channels or max(in_channels // 2, 1)
        self.theta = nn.Conv2d(in_channels, self.inter, 1)
        self.phi = nn.Conv2d(in_channels, self.inter, 1)
        self.g = nn.Conv2d(in_channels, self.inter, 1)
        self.pool = nn.MaxPool2d(2) if sub_sample else nn.Identity()
        self.W = nn.Sequential(nn.Conv2d(self.inter, in_channels, 1), nn.BatchNorm2d(in_channels))
        nn.init.zeros_(self.W[1].weight)
        nn.init.zeros_(self.W[1].bias)

    def forward(self, x):
        n, _, h, w = x.shape
        theta = self.theta(x).flatten(2).transpose(1, 2)          # n, hw, c
        phi = self.pool(self.phi(x)).flatten(2)                   # n, c, s
        g = self.pool(self.g(x)).flatten(2).transpose(1, 2)       # n, s, c
        attn = F.softmax(theta @ phi, dim=-1)
        y = (attn @ g).transpose(1, 2).reshape(n, self.inter, h, w)
        return self.W(y) + x
