# residua-test: wrong target=PostNorm right=blocks/post_norm_layer
from torch import nn


class PostNorm(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.norm1 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.norm2 = nn.LayerNorm(dim)

    def forward(self, x):
        y = self.norm1(x + self.attention(x, x, x)[0])
        return self.norm2(y + self.mlp(x))  # expect: R231
