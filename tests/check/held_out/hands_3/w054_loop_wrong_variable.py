# residua-test: wrong target=ResMLP
# What is wrong: every block is fed x instead of the running h, so only the last block counts
import torch
import torch.nn as nn


class MLPBlock(nn.Module):
    def __init__(self, dim, p=0.1):
        super().__init__()
        self.ln = nn.LayerNorm(dim)
        self.ff = nn.Sequential(nn.Linear(dim, dim * 2), nn.GELU(), nn.Dropout(p), nn.Linear(dim * 2, dim))

    def forward(self, x):
        return x + self.ff(self.ln(x))


class ResMLP(nn.Module):
    def __init__(self, in_features, hidden=128, num_blocks=4, out_features=1):
        super().__init__()
        self.inp = nn.Linear(in_features, hidden)
        self.blocks = nn.ModuleList([MLPBlock(hidden) for _ in range(num_blocks)])
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, out_features)

    def forward(self, x):
        x = self.inp(x)
        h = x
        for block in self.blocks:  # expect
            h = block(x)  # expect: R155
        return self.out(self.norm(h))
