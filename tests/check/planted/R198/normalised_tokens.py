# residua-test: wrong target=NormStream right=blocks/normalised_tokens
from torch import nn


class NormStream(nn.Module):
    """skip from normalised stream"""
    def __init__(self, dim=64):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4*dim), nn.GELU(), nn.Linear(4*dim, dim))
    def forward(self, x):
        x = self.norm(x)  # expect: R198
        return x + self.mlp(x)
