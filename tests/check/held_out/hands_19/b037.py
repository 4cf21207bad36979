# residua-test: right target=TabularResNet args='d_in=12, d_out=1'
# Why it is right: the tabular ResNet: norm, linear, ReLU, dropout, linear, dropout inside the skip, and a norm before the head.
# baseline for the house-prices competition
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    d_main: int = 64
    d_hidden: int = 128
    n_blocks: int = 3
    p_hidden: float = 0.25
    p_residual: float = 0.1


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.layers(x)


class TabularResNet(nn.Module):
    def __init__(self, d_in, d_out, cfg=Config()):
        super().__init__()
        self.first = nn.Linear(d_in, cfg.d_main)
        self.blocks = nn.Sequential(*[
            Residual(
                nn.BatchNorm1d(cfg.d_main),
                nn.Linear(cfg.d_main, cfg.d_hidden),
                nn.ReLU(),
                nn.Dropout(cfg.p_hidden),
                nn.Linear(cfg.d_hidden, cfg.d_main),
                nn.Dropout(cfg.p_residual))
            for _ in range(cfg.n_blocks)])
        self.head = nn.Sequential(nn.BatchNorm1d(cfg.d_main), nn.ReLU(), nn.Linear(cfg.d_main, d_out))

    def forward(self, x):
        return self.head(self.blocks(self.first(x)))
