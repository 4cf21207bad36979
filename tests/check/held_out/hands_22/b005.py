# residua-test: right target=MLPMixer
# Why it is right: A Conv1d with kernel 1 over (B, patches, dim) treats patches as channels, so token mixing needs no transpose.
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


def feed_forward(dim, factor, dropout, dense):
    inner = int(dim * factor)
    return nn.Sequential(dense(dim, inner), nn.GELU(), nn.Dropout(dropout), dense(inner, dim), nn.Dropout(dropout))


class MLPMixer(nn.Module):
    def __init__(self, image_size=32, channels=3, patch_size=8, dim=40, depth=2, num_classes=10, dropout=0.1):
        super().__init__()
        num_patches = (image_size // patch_size) ** 2
        chan_first, chan_last = partial(nn.Conv1d, kernel_size=1), nn.Linear
        self.patch = nn.Conv2d(channels, dim, patch_size, patch_size)
        self.layers = nn.Sequential(*[
            nn.Sequential(
                PreNormResidual(dim, feed_forward(num_patches, 4, dropout, chan_first)),
                PreNormResidual(dim, feed_forward(dim, 0.5, dropout, chan_last)),
            )
            for _ in range(depth)
        ])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = self.norm(self.layers(x))
        return self.head(x.mean(dim=1))
