# residua-test: right target=EDSR
from collections import namedtuple

import torch
import torch.nn as nn

Args = namedtuple('Args', 'n_resblocks n_feats scale res_scale n_colors')


class ResBlock(nn.Module):
    def __init__(self, n_feats, kernel_size=3, res_scale=1.):
        super(ResBlock, self).__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2),
            nn.ReLU(True),
            nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2),
        )
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x).mul(self.res_scale)
        res += x
        return res


class EDSR(nn.Module):
    def __init__(self, args=None):
        super(EDSR, self).__init__()
        args = args or Args(n_resblocks=4, n_feats=32, scale=2, res_scale=0.1, n_colors=3)
        n = args.n_feats
        self.head = nn.Conv2d(args.n_colors, n, 3, padding=1)
        body = [ResBlock(n, res_scale=args.res_scale) for _ in range(args.n_resblocks)]
        body.append(nn.Conv2d(n, n, 3, padding=1))
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(
            nn.Conv2d(n, n * args.scale ** 2, 3, padding=1),
            nn.PixelShuffle(args.scale),
            nn.Conv2d(n, args.n_colors, 3, padding=1),
        )

    def forward(self, x):
        x = self.head(x)
        res = self.body(x)
        res += x
        return self.tail(res)
