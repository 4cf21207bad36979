# residua-test: right target=EDSR
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
        res = self.body(x).mul(self.res_scale)
        res += x
        return res


class EDSR(nn.Module):
    def __init__(self, n_feats=64, n_resblocks=16, scale=2):
        super().__init__()
        self.head = conv(3, n_feats)
        self.body = nn.Sequential(*[ResBlock(n_feats) for _ in range(n_resblocks)], conv(n_feats, n_feats))
        self.tail = nn.Sequential(
            conv(n_feats, n_feats * scale ** 2),
            nn.PixelShuffle(scale),
            conv(n_feats, 3),
        )

    def forward(self, x):
        x = self.head(x)
        res = self.body(x)
        res += x
        return self.tail(res)
