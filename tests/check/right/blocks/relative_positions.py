# residua-test: right target=RelativeAttention args=dim=32
# What the query says to each row and column of the map is added to the logits, over an axis made for it.
import torch
from torch import nn


# residua: input=2x64x32
class RelativeAttention(nn.Module):
    def __init__(self, dim, side=8):
        super().__init__()
        self.side = side
        self.scale = dim**-0.5
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.rows = nn.Parameter(0.02 * torch.randn(side, dim))
        self.columns = nn.Parameter(0.02 * torch.randn(side, dim))

    def forward(self, x):
        batch, length, dim = x.shape
        query, key, value = self.qkv(self.norm(x)).chunk(3, dim=-1)
        logits = (query * self.scale @ key.transpose(1, 2)).view(batch, length, self.side, self.side)
        rows, columns = query @ self.rows.t(), query @ self.columns.t()
        logits = logits + rows.unsqueeze(-1) + columns.unsqueeze(-2)
        return x + self.proj(logits.view(batch, length, length).softmax(dim=-1) @ value)
