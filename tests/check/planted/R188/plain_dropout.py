# residua-test: wrong target=Block right=blocks/depth_of_tokens
from torch import nn


class Block(nn.Module):
    def __init__(self, dim=64, drop_path=0.2):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.drop_path = nn.Dropout(drop_path) if drop_path > 0 else nn.Identity()  # expect: R188

    def forward(self, x):
        return x + self.drop_path(self.mlp(self.norm(x)))
