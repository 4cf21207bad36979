# residua-test: right target=MLPMixer args=image_size=32,patch_size=8,dim=16,depth=2
from functools import partial
import torch
from torch import nn


class PreNormResidual(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.fn = fn
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        return self.fn(self.norm(x)) + x


def FeedForward(dim, mult, dense):
    return nn.Sequential(dense(dim, dim * mult), nn.GELU(), dense(dim * mult, dim))


class MeanTokens(nn.Module):
    def forward(self, x):
        return x.mean(dim=1)


class Patchify(nn.Module):
    def __init__(self, p, dim):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, p, p)

    def forward(self, img):
        return self.proj(img).flatten(2).transpose(1, 2)


def MLPMixer(image_size=32, patch_size=4, dim=32, depth=2, num_classes=10, mult=2):
    n = (image_size // patch_size) ** 2
    chan_first, chan_last = partial(nn.Conv1d, kernel_size=1), nn.Linear
    return nn.Sequential(
        Patchify(patch_size, dim),
        *[nn.Sequential(
            PreNormResidual(dim, FeedForward(n, mult, chan_first)),
            PreNormResidual(dim, FeedForward(dim, mult, chan_last)),
        ) for _ in range(depth)],
        nn.LayerNorm(dim),
        MeanTokens(),
        nn.Linear(dim, num_classes),
    )
