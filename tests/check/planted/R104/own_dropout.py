# residua-test: wrong target=Layer right=blocks/dropout_of_branch
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        x = self.mlp(self.norm(x))
        return x + self.dropout(x)  # expect: R104
