# residua-test: right target=Parallel
from torch import nn


class Parallel(nn.Module):
    """Attention and perceptron beside one another, as in PaLM."""

    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        h = self.norm1(x)
        out = x + self.attention(h, h, h, need_weights=False)[0]
        return out + self.mlp(self.norm2(x))
