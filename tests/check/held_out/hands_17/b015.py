# residua-test: right target=CommitteeUnit
import torch
from torch import nn


class CommitteeUnit(nn.Module):
    def __init__(self, features, heads=3, hidden=32):
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(features, hidden), nn.Tanh(), nn.Linear(hidden, features)) for _ in range(heads)
        )

    def forward(self, x):
        h = self.norm(x)
        opinions = torch.stack([head(h) for head in self.heads], 0)
        return x + opinions.mean(0)
