# residua-test: wrong target=EDSR
# What is wrong: The residual scale multiplies the identity instead of the branch, so the skip path shrinks by ten in every block.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, n_feats, kernel_size=3, res_scale=0.1):
        super().__init__()
        pad = kernel_size // 2
        self.body = nn.Sequential(
            nn.Conv2d(n_feats, n_feats, kernel_size, padding=pad),
            nn.ReLU(True),
            nn.Conv2d(n_feats, n_feats, kernel_size, padding=pad),
        )
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x)
        return x.mul(self.res_scale) + res  # expect: R152


class EDSR(nn.Module):
    def __init__(self, n_resblocks=4, n_feats=16, scale=2, res_scale=0.1):
        super().__init__()
        self.head = nn.Conv2d(3, n_feats, 3, padding=1)
        body = [ResBlock(n_feats, res_scale=res_scale) for _ in range(n_resblocks)]
        body.append(nn.Conv2d(n_feats, n_feats, 3, padding=1))
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(
            nn.Conv2d(n_feats, n_feats * scale ** 2, 3, padding=1),
            nn.PixelShuffle(scale),
            nn.Conv2d(n_feats, 3, 3, padding=1),
        )

    def forward(self, x):
        x = self.head(x)
        return self.tail(x + self.body(x))
