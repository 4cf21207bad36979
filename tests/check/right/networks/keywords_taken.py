# residua-test: right target=Stack
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, dropout_rate=0.1, **kwargs):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Dropout(dropout_rate), nn.Linear(2 * dim, dim))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class Stack(nn.Module):
    def __init__(self, dim=64, depth=3, dropout=0.0):
        super().__init__()
        self.blocks = nn.Sequential(
            *[
                Block(
                    dim,
                    dropout_rate=dropout,
                )
                for _ in range(depth)
            ]
        )

    def forward(self, x):
        return self.blocks(x)
