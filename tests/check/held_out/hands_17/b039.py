# residua-test: wrong target=PatchLayer
# What is wrong: stochastic depth drops the stream instead of the second branch
import torch
import torch.nn.functional as F
from torch import nn


class PathDrop(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0.0:
            return x
        keep = 1.0 - self.rate
        coin = x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(keep)
        return x * coin / keep


class PatchLayer(nn.Module):
    def __init__(self, dim, heads=6, path_rate=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)
        self.path = PathDrop(path_rate)

    def forward(self, x):
        a = self.norm1(x)
        a, _ = self.attn(a, a, a, need_weights=False)
        x = x + self.path(a)
        f = self.fc2(F.gelu(self.fc1(self.norm2(x))))
        x = self.path(x) + f  # expect: R166
        return x
