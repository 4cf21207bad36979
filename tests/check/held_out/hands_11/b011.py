# residua-test: wrong target=EDSR
# What is wrong: the residual scaling is applied after the sum, so the identity path is multiplied by 0.1 in every block and vanishes with depth.
import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, n_feats, kernel_size=3, res_scale=1.0):
        super().__init__()
        self.conv1 = nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2)
        self.res_scale = res_scale

    def forward(self, x_in):
        x = self.conv2(self.relu(self.conv1(x_in)))
        x = x_in + x
        if self.res_scale != 1.0:
            x = x * self.res_scale  # expect: R152
        return x


class EDSR(nn.Module):
    def __init__(self, scale=2, n_feats=32, n_blocks=8, res_scale=0.1):
        super().__init__()
        # DIV2K mean
        self.register_buffer("mean", torch.tensor([0.4488, 0.4371, 0.4040]).view(1, 3, 1, 1))
        self.head = nn.Conv2d(3, n_feats, 3, padding=1)
        body = [ResBlock(n_feats, res_scale=res_scale) for _ in range(n_blocks)]
        body.append(nn.Conv2d(n_feats, n_feats, 3, padding=1))
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(
            nn.Conv2d(n_feats, n_feats * scale ** 2, 3, padding=1),
            nn.PixelShuffle(scale),
            nn.Conv2d(n_feats, 3, 3, padding=1),
        )

    def forward(self, x):
        x = self.head(x - self.mean)
        x = x + self.body(x)
        return self.tail(x) + self.mean
