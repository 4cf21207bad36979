# residua-test: wrong target=EDSR
# What is wrong: res_scale multiplies the whole sum instead of the residual branch, so the identity is shrunk by 0.1 in every block.
import math
import torch
import torch.nn as nn


def default_conv(in_channels, out_channels, kernel_size, bias=True):
    return nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=bias)


class ResBlock(nn.Module):
    def __init__(self, n_feats, kernel_size=3, res_scale=1.0):
        super(ResBlock, self).__init__()
        m = [default_conv(n_feats, n_feats, kernel_size),
             nn.ReLU(True),
             default_conv(n_feats, n_feats, kernel_size)]
        self.body = nn.Sequential(*m)
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x)
        res = res + x
        return res.mul(self.res_scale)  # expect: R152


class Upsampler(nn.Sequential):
    def __init__(self, scale, n_feats):
        m = []
        if (scale & (scale - 1)) == 0:
            for _ in range(int(math.log(scale, 2))):
                m.append(default_conv(n_feats, 4 * n_feats, 3))
                m.append(nn.PixelShuffle(2))
        elif scale == 3:
            m.append(default_conv(n_feats, 9 * n_feats, 3))
            m.append(nn.PixelShuffle(3))
        else:
            raise NotImplementedError
        super(Upsampler, self).__init__(*m)


class EDSR(nn.Module):
    def __init__(self, n_feats=64, n_resblocks=16, res_scale=0.1, scale=2):
        super(EDSR, self).__init__()
        self.head = default_conv(3, n_feats, 3)
        body = [ResBlock(n_feats, 3, res_scale=res_scale) for _ in range(n_resblocks)]
        body.append(default_conv(n_feats, n_feats, 3))
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(Upsampler(scale, n_feats), default_conv(n_feats, 3, 3))

    def forward(self, lr):
        x = self.head(lr)
        res = self.body(x)
        res = res + x
        return self.tail(res)
