# residua-test: right target=NormStream
from torch import nn


class NormStream(nn.Module):
    """One pre-normalised sub-layer."""
    def __init__(self, dim=64):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4*dim), nn.GELU(), nn.Linear(4*dim, dim))
    def forward(self, x):
        return x + self.mlp(self.norm(x))
