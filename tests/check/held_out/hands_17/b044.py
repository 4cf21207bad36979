# residua-test: right target=PoolMixer
import torch
from torch import nn


class Mixer(nn.Module):
    def __init__(self, dim: int, ratio: int = 4, start: float = 1e-2):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(1, dim), nn.GroupNorm(1, dim)
        self.channel = nn.Sequential(nn.Conv2d(dim, ratio * dim, 1), nn.GELU(), nn.Conv2d(ratio * dim, dim, 1))
        self.scale1 = nn.Parameter(start * torch.ones(dim, 1, 1))
        self.scale2 = nn.Parameter(start * torch.ones(dim, 1, 1))

    def mix(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.scale1 * self.mix(self.norm1(x))
        return x + self.scale2 * self.channel(self.norm2(x))


class PoolMixer(Mixer):
    def __init__(self, dim: int, size: int = 3):
        super().__init__(dim)
        self.pool = nn.AvgPool2d(size, stride=1, padding=size // 2, count_include_pad=False)

    def mix(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(x) - x
