# residua-test: wrong target=ScaledResBlock
# What is wrong: The residual scale multiplies the sum instead of the branch, so the identity path is shrunk by 0.1 in every block
import torch
import torch.nn as nn


class ScaledResBlock(nn.Module):
    """EDSR block: conv-relu-conv, residual scaling for stable training of wide models."""

    def __init__(self, n_feats=64, res_scale=0.1):
        super().__init__()
        self.conv1 = nn.Conv2d(n_feats, n_feats, 3, padding=1)
        self.conv2 = nn.Conv2d(n_feats, n_feats, 3, padding=1)
        self.res_scale = res_scale

    def forward(self, x):
        res = self.conv2(torch.relu(self.conv1(x)))
        res = res + x  # expect
        return res * self.res_scale  # expect: R152


class Upscaler(nn.Module):
    def __init__(self, n_feats=64, n_blocks=4, scale=2):
        super().__init__()
        self.head = nn.Conv2d(3, n_feats, 3, padding=1)
        self.body = nn.Sequential(
            *[ScaledResBlock(n_feats) for _ in range(n_blocks)],
            nn.Conv2d(n_feats, n_feats, 3, padding=1))
        self.tail = nn.Sequential(
            nn.Conv2d(n_feats, n_feats * scale ** 2, 3, padding=1),
            nn.PixelShuffle(scale),
            nn.Conv2d(n_feats, 3, 3, padding=1))

    def forward(self, x):
        x = self.head(x)
        return self.tail(x + self.body(x))
