# residua-test: right target=Watched
import torch
from torch import nn


class Watched(nn.Module):
    """Keeps a noisy copy of what it saw, and a running mean of it."""

    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.seen = []

    def _watch(self, x):
        noisy = x * torch.rand_like(x)
        self.mean.mul_(0.9).add_(noisy.detach().mean((0, 2, 3), keepdim=False)[:, None, None], alpha=0.1)
        return noisy

    def forward(self, x):
        self._watch(x)
        self.seen = [x.detach() * torch.rand_like(x)]
        return x + self.body(x)
