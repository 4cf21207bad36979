# residua-test: wrong target=EDSR
# What is wrong: the body output res is not passed on: tail gets x, so all residual blocks are unused
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(nf, nf, 3, 1, 1), nn.ReLU(True), nn.Conv2d(nf, nf, 3, 1, 1))

    def forward(self, x):
        return x + self.body(x)


class EDSR(nn.Module):
    def __init__(self, n_resblocks=8, n_feats=64, scale=2):
        super().__init__()
        self.head = nn.Conv2d(3, n_feats, 3, 1, 1)
        body = [ResBlock(n_feats) for _ in range(n_resblocks)]
        body.append(nn.Conv2d(n_feats, n_feats, 3, 1, 1))
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(
            nn.Conv2d(n_feats, n_feats * scale * scale, 3, 1, 1),
            nn.PixelShuffle(scale),
            nn.Conv2d(n_feats, 3, 3, 1, 1))

    def forward(self, x):
        x = self.head(x)

        res = self.body(x)  # expect: R155
        res = res + x  # expect: R155

        x = self.tail(x)  # expect
        return x
