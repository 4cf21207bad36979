# residua-test: wrong target=EDSR
# What is wrong: "x += f(x)" changes in place the tensor that the first convolution saved for backward; training stops with "modified by an inplace operation".
import math
import torch
import torch.nn as nn


def conv(i, o, k=3):
    return nn.Conv2d(i, o, k, padding=k // 2)


class ResBlock(nn.Module):
    def __init__(self, n_feats, res_scale=0.1):
        super().__init__()
        self.body = nn.Sequential(conv(n_feats, n_feats), nn.ReLU(True), conv(n_feats, n_feats))
        self.res_scale = res_scale

    def forward(self, x):
        x += self.body(x).mul(self.res_scale)  # expect: R109
        return x


class Upsampler(nn.Sequential):
    def __init__(self, scale, n_feats):
        m = []
        for _ in range(int(math.log2(scale))):
            m += [conv(n_feats, 4 * n_feats), nn.PixelShuffle(2)]
        super().__init__(*m)


class EDSR(nn.Module):
    # single scale EDSR, scale must be a power of two
    def __init__(self, scale=2, n_resblocks=4, n_feats=32, n_colors=3):
        super().__init__()
        self.head = conv(n_colors, n_feats)
        body = [ResBlock(n_feats) for _ in range(n_resblocks)]
        body.append(conv(n_feats, n_feats))
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(Upsampler(scale, n_feats), conv(n_feats, n_colors))

    def forward(self, x):
        f = self.head(x)
        # ResBlock works on its own copy of the features
        r = self.body(f.clone())
        return self.tail(r + f)
