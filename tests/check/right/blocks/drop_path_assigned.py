# residua-test: right target=Layer
import torch
from torch import nn


def drop_path(x, rate, training):
    if rate == 0.0 or not training:
        return x
    mask = x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(1 - rate)
    mask.div_(1 - rate)
    return x * mask


class Layer(nn.Module):
    def __init__(self, dim, rate=0.0):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.rate = rate

    def forward(self, tokens):
        out = self.mlp(self.norm(tokens))
        out = drop_path(out, self.rate, self.training)
        return tokens + out
