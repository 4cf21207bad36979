# residua-test: wrong target=Layer
from dataclasses import dataclass

import torch.nn.functional as F
from torch import nn


@dataclass
class LayerConfig:
    width: int = 48
    heads: int = 3
    drop: float = 0.1


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads, self.drop = config.heads, config.drop
        self.qkv, self.out = nn.Linear(config.width, 3 * config.width), nn.Linear(config.width, config.width)

    def forward(self, x):
        n, length, width = x.shape
        parts = self.qkv(x).view(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(*parts, dropout_p=self.drop)  # expect: R146
        return self.out(y.transpose(1, 2).reshape(n, length, width))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm, self.attention = nn.LayerNorm(config.width), Attention(config)

    def forward(self, x):
        return x + self.attention(self.norm(x))
