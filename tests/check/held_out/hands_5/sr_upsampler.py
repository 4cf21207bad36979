# residua-test: wrong target=SRNet
# What is wrong: PixelShuffle(scale) needs n_feats*scale**2 channels; n_feats*scale leaves n_feats/scale and the last convolution crashes
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, n_feats):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feats, n_feats, 3, padding=1), nn.ReLU(),
            nn.Conv2d(n_feats, n_feats, 3, padding=1))

    def forward(self, x):
        return x + self.body(x)


class SRNet(nn.Module):
    """EDSR baseline: residual body with a long skip, sub-pixel upsampling by ``scale``."""

    def __init__(self, scale=2, n_feats=64, n_blocks=8):
        super().__init__()
        self.head = nn.Conv2d(3, n_feats, 3, padding=1)
        body = [ResBlock(n_feats) for _ in range(n_blocks)]
        body.append(nn.Conv2d(n_feats, n_feats, 3, padding=1))
        self.body = nn.Sequential(*body)
        self.up = nn.Sequential(
            nn.Conv2d(n_feats, n_feats * scale, 3, padding=1),  # expect
            nn.PixelShuffle(scale),  # expect
        )
        self.tail = nn.Conv2d(n_feats, 3, 3, padding=1)  # expect: R154

    def forward(self, x):
        x = self.head(x)
        x = x + self.body(x)
        return self.tail(self.up(x))  # expect
