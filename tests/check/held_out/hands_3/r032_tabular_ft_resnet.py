# residua-test: right target=TabularResNet args='d_in=9, d_out=2'
import torch
from torch import nn


class ResidualWrapper(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x, *args, **kwargs):
        return x + self.fn(x, *args, **kwargs)


def make_block(d, d_hidden, dropout):
    return ResidualWrapper(nn.Sequential(
        nn.BatchNorm1d(d),
        nn.Linear(d, d_hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(d_hidden, d),
        nn.Dropout(dropout / 2),
    ))


class TabularResNet(nn.Module):
    def __init__(self, d_in, d_out=1, d=128, factor=2, n_blocks=3, dropout=0.1):
        super().__init__()
        self.first = nn.Linear(d_in, d)
        self.blocks = nn.Sequential(*(make_block(d, d * factor, dropout) for _ in range(n_blocks)))
        self.head = nn.Sequential(nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, d_out))

    def forward(self, x):
        return self.head(self.blocks(self.first(x)))
