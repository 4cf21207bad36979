# residua-test: right target=MLPMixer
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


def FeedForward(dim, expansion_factor=4, dropout=0., dense=nn.Linear):
    inner_dim = int(dim * expansion_factor)
    return nn.Sequential(
        dense(dim, inner_dim),
        nn.GELU(),
        nn.Dropout(dropout),
        dense(inner_dim, dim),
        nn.Dropout(dropout),
    )


class MLPMixer(nn.Module):
    def __init__(self, image_size=16, channels=3, patch_size=4, dim=40, depth=2,
                 num_classes=10, expansion_factor_token=0.5, dropout=0.):
        super().__init__()
        assert image_size % patch_size == 0
        num_patches = (image_size // patch_size) ** 2
        chan_first, chan_last = partial(nn.Conv1d, kernel_size=1), nn.Linear
        self.unfold = nn.Unfold(patch_size, stride=patch_size)
        self.to_emb = nn.Linear(patch_size ** 2 * channels, dim)
        self.mixer = nn.Sequential(*[nn.Sequential(
            PreNormResidual(dim, FeedForward(num_patches, 4, dropout, chan_first)),
            PreNormResidual(dim, FeedForward(dim, expansion_factor_token, dropout, chan_last)),
        ) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = self.to_emb(self.unfold(x).transpose(1, 2))
        x = self.norm(self.mixer(x))
        return self.head(x.mean(dim=1))
