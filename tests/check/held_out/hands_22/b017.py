# residua-test: wrong target=GTrXLBlock
# What is wrong: The GRU gate mixes the wrong way round: the small update gate weighs the skip, so at start the block forgets its input instead of passing it through.
import torch
import torch.nn as nn


class GRUGate(nn.Module):
    """Gating in place of the residual sum (GTrXL). x: skip stream, y: sublayer output."""

    def __init__(self, dim, bias=2.0):
        super().__init__()
        self.Wr, self.Ur = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.Wz, self.Uz = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.Wg, self.Ug = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.bg = nn.Parameter(torch.full((dim,), bias))

    def forward(self, x, y):
        r = torch.sigmoid(self.Wr(y) + self.Ur(x))
        z = torch.sigmoid(self.Wz(y) + self.Uz(x) - self.bg)  # expect
        h = torch.tanh(self.Wg(y) + self.Ug(r * x))
        return z * x + (1 - z) * h  # expect


class GTrXLBlock(nn.Module):
    def __init__(self, dim, heads=4, ff=64):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.gate1, self.gate2 = GRUGate(dim), GRUGate(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, ff), nn.ReLU(), nn.Linear(ff, dim))

    def forward(self, x):
        T = x.size(1)
        mask = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        y = self.norm1(x)
        y = self.attn(y, y, y, attn_mask=mask, need_weights=False)[0]
        x = self.gate1(x, torch.relu(y))
        return self.gate2(x, torch.relu(self.mlp(self.norm2(x))))
