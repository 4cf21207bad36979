# residua-test: wrong target=WideDeepRegressor
# What is wrong: The deep output is (B, 1) and the wide output (B,), so the sum broadcasts to (B, B)
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.ff = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.ff(self.norm(x))


class WideDeepRegressor(nn.Module):
    """Residual MLP plus a linear model of the raw features; one target per row."""

    def __init__(self, n_features=16, width=64, depth=3):
        super().__init__()
        self.wide = nn.Linear(n_features, 1)
        self.inp = nn.Linear(n_features, width)
        self.blocks = nn.Sequential(*[Block(width) for _ in range(depth)])
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        deep = self.out(self.blocks(self.inp(x)))
        wide = self.wide(x).squeeze(1)  # expect
        return deep + wide  # expect: R115
