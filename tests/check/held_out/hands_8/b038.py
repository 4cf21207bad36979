# residua-test: wrong target=WDSR
# What is wrong: the residual scale multiplies the sum (branch + input), not the branch: each block shrinks the skip path by res_scale as well
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm as wn


class Block(nn.Module):
    # WDSR-B: 1x1 expand - relu - 1x1 low rank - 3x3
    def __init__(self, n_feats, kernel_size, res_scale, expand=6, linear=0.8):
        super().__init__()
        self.res_scale = res_scale
        self.body = nn.Sequential(
            wn(nn.Conv2d(n_feats, n_feats * expand, 1)),
            nn.ReLU(inplace=True),
            wn(nn.Conv2d(n_feats * expand, int(n_feats * linear), 1)),
            wn(nn.Conv2d(int(n_feats * linear), n_feats, kernel_size, padding=kernel_size // 2)),
        )

    def forward(self, x):
        res = self.body(x)
        res = res + x
        return res * self.res_scale  # expect: R152


class WDSR(nn.Module):
    def __init__(self, scale=2, n_feats=20, n_resblocks=4, res_scale=0.5, n_colors=3):
        super().__init__()
        out_feats = scale * scale * n_colors
        self.head = wn(nn.Conv2d(n_colors, n_feats, 3, padding=1))
        self.body = nn.Sequential(*[Block(n_feats, 3, res_scale) for _ in range(n_resblocks)])
        self.tail = nn.Sequential(
            wn(nn.Conv2d(n_feats, out_feats, 3, padding=1)),
            nn.PixelShuffle(scale),
        )
        self.skip = nn.Sequential(
            wn(nn.Conv2d(n_colors, out_feats, 5, padding=2)),
            nn.PixelShuffle(scale),
        )

    def forward(self, x):
        x = x - 0.5
        s = self.skip(x)
        x = self.head(x)
        x = self.body(x)
        x = self.tail(x)
        return x + s + 0.5
