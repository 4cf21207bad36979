# residua-test: right target=GTrXLLayer
import torch
import torch.nn as nn


class GRUGate(nn.Module):
    """g(x, y): x is the stream, y the output of the submodule"""

    def __init__(self, d, bg=2.0):
        super().__init__()
        self.Wr = nn.Linear(d, d, bias=False)
        self.Ur = nn.Linear(d, d, bias=False)
        self.Wz = nn.Linear(d, d, bias=False)
        self.Uz = nn.Linear(d, d, bias=False)
        self.Wg = nn.Linear(d, d, bias=False)
        self.Ug = nn.Linear(d, d, bias=False)
        self.bg = nn.Parameter(torch.full((d,), bg))

    def forward(self, x, y):
        r = torch.sigmoid(self.Wr(y) + self.Ur(x))
        z = torch.sigmoid(self.Wz(y) + self.Uz(x) - self.bg)
        h = torch.tanh(self.Wg(y) + self.Ug(r * x))
        return (1 - z) * x + z * h


class GTrXLLayer(nn.Module):
    def __init__(self, d_model=64, n_heads=4, d_ff=128):
        super().__init__()
        self.ln1 = nn.LayerNorm(d_model)
        self.attn = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
        self.gate1 = GRUGate(d_model)
        self.ln2 = nn.LayerNorm(d_model)
        self.mlp = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))
        self.gate2 = GRUGate(d_model)

    def forward(self, x):
        T = x.size(1)
        causal = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)    # True = blocked
        h = self.ln1(x)
        h = self.attn(h, h, h, attn_mask=causal, need_weights=False)[0]
        x = self.gate1(x, torch.relu(h))
        h = self.mlp(self.ln2(x))
        return self.gate2(x, torch.relu(h))
