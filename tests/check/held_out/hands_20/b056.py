# residua-test: right target=GTrXLBlock
# Why it is right: GTrXL for reinforcement learning: a GRU-type gate with positive bias replaces the sum, and a ReLU follows each sub-layer on purpose.
import torch
import torch.nn as nn


class GRUGate(nn.Module):
    """g(x, y): x is the stream, y the sub-layer's output; a large bias keeps x."""

    def __init__(self, dim, bias=2.0):
        super().__init__()
        self.y3 = nn.Linear(dim, 3 * dim, bias=False)
        self.x2 = nn.Linear(dim, 2 * dim, bias=False)
        self.xr = nn.Linear(dim, dim, bias=False)
        self.bias = nn.Parameter(torch.full((dim,), bias))

    def forward(self, x, y):
        yr, yz, yh = self.y3(y).chunk(3, dim=-1)
        hr, hz = self.x2(x).chunk(2, dim=-1)
        r = torch.sigmoid(yr + hr)
        z = torch.sigmoid(yz + hz - self.bias)
        h = torch.tanh(yh + self.xr(r * x))
        return (1 - z) * x + z * h


class GTrXLBlock(nn.Module):
    def __init__(self, dim=32, heads=4):
        super().__init__()
        self.norm_a, self.norm_f = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))
        self.gate_a, self.gate_f = GRUGate(dim), GRUGate(dim)

    def forward(self, obs):
        n = obs.size(1)
        future = torch.ones(n, n, dtype=torch.bool, device=obs.device).triu(1)
        h = self.norm_a(obs)
        a = self.attn(h, h, h, attn_mask=future, need_weights=False)[0]
        x = self.gate_a(obs, a.relu())
        return self.gate_f(x, self.ff(self.norm_f(x)).relu())
