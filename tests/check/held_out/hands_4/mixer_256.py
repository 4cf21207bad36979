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


def FeedForward(dim, hidden, dropout=0., dense=nn.Linear):
    return nn.Sequential(dense(dim, hidden), nn.GELU(), nn.Dropout(dropout), dense(hidden, dim), nn.Dropout(dropout))


class MLPMixer(nn.Module):
    """Input: (batch, channels, image_size, image_size)."""

    def __init__(self, *, image_size: int = 256, channels: int = 3, patch_size: int = 32, dim: int = 128,
                 depth: int = 4, token_dim: int = 64, channel_dim: int = 256, num_classes: int = 10):
        super().__init__()
        assert image_size % patch_size == 0, 'image must be divisible by patch size'
        self.image_size = image_size
        num_patches = (image_size // patch_size) ** 2
        # a kernel-1 convolution over (batch, patches, dim) mixes the patches
        chan_first, chan_last = partial(nn.Conv1d, kernel_size=1), nn.Linear
        self.stem = nn.Conv2d(channels, dim, patch_size, stride=patch_size)
        self.blocks = nn.Sequential(*[
            nn.Sequential(
                PreNormResidual(dim, FeedForward(num_patches, token_dim, dense=chan_first)),
                PreNormResidual(dim, FeedForward(dim, channel_dim, dense=chan_last)))
            for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, img: torch.Tensor) -> torch.Tensor:
        if img.shape[-2:] != (self.image_size, self.image_size):
            raise ValueError(f'expected {self.image_size}x{self.image_size} images, got {tuple(img.shape[-2:])}')
        x = self.stem(img).flatten(2).transpose(1, 2)
        x = self.norm(self.blocks(x))
        return self.head(x.mean(dim=1))
