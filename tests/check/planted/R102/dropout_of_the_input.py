# residua-test: wrong target=B_DropoutOfInput
from torch import nn


class B_DropoutOfInput(nn.Module):
    def __init__(self, dim=64, p=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.dropout = nn.Dropout(p)
    def forward(self, x):
        y = self.ff(self.norm(x))
        return x + self.dropout(x)  # expect: R102
