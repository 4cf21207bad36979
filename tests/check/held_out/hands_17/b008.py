# residua-test: wrong target=MobileMix
# What is wrong: momentum 0.99 is the other framework's convention: in PyTorch the running statistics are those of the last batch
from functools import partial

import torch
from torch import nn


class Recalibrate(nn.Module):
    def __init__(self, dim, inner):
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(dim, inner, 1), nn.Conv2d(inner, dim, 1)

    def forward(self, x):
        s = torch.nn.functional.silu(self.reduce(x.mean((2, 3), keepdim=True)))
        return x * self.expand(s).sigmoid()


class MobileMix(nn.Module):
    """Pre-activated inverted bottleneck with squeeze and excitation."""

    def __init__(self, dim, expansion=4, squeeze=0.25, norm_layer=None):
        super().__init__()
        if norm_layer is None:
            norm_layer = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.99)  # expect: R180
        mid = dim * expansion
        self.layers = nn.Sequential(
            norm_layer(dim),
            nn.Conv2d(dim, mid, 1, bias=False),
            norm_layer(mid),
            nn.GELU(),
            nn.Conv2d(mid, mid, 3, padding=1, groups=mid, bias=False),
            norm_layer(mid),
            nn.GELU(),
            Recalibrate(mid, int(dim * squeeze)),
            nn.Conv2d(mid, dim, 1),
        )

    def forward(self, x):
        return x + self.layers(x)
