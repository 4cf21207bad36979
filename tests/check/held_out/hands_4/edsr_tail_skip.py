# residua-test: wrong target=EDSR
# What is wrong: The long skip is taken after the body instead of after the head, so the network adds the body output to itself and loses the global residual
"""EDSR-baseline for x2/x3/x4 super-resolution (DIV2K)."""
import math
from types import SimpleNamespace

import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, n_feats, res_scale):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(n_feats, n_feats, 3, padding=1), nn.ReLU(True),
                                  nn.Conv2d(n_feats, n_feats, 3, padding=1))
        self.res_scale = res_scale

    def forward(self, x):
        return x + self.body(x).mul(self.res_scale)


class Upsampler(nn.Sequential):
    def __init__(self, scale, n_feats):
        m = []
        if scale & (scale - 1) == 0:
            for _ in range(int(math.log2(scale))):
                m += [nn.Conv2d(n_feats, 4 * n_feats, 3, padding=1), nn.PixelShuffle(2)]
        elif scale == 3:
            m += [nn.Conv2d(n_feats, 9 * n_feats, 3, padding=1), nn.PixelShuffle(3)]
        else:
            raise NotImplementedError(scale)
        super().__init__(*m)


default_args = SimpleNamespace(n_resblocks=8, n_feats=64, res_scale=1.0, scale=2, n_colors=3)


class EDSR(nn.Module):
    def __init__(self, args=default_args):
        super().__init__()
        self.head = nn.Conv2d(args.n_colors, args.n_feats, 3, padding=1)
        self.body = nn.Sequential(*[ResBlock(args.n_feats, args.res_scale) for _ in range(args.n_resblocks)],
                                  nn.Conv2d(args.n_feats, args.n_feats, 3, padding=1))
        self.tail = nn.Sequential(Upsampler(args.scale, args.n_feats),
                                  nn.Conv2d(args.n_feats, args.n_colors, 3, padding=1))

    def forward(self, x):
        x = self.head(x)
        x = self.body(x)  # expect
        res = x  # expect
        x = x + res  # expect: R104
        return self.tail(x)
