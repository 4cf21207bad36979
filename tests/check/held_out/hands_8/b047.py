# residua-test: right target=GTrXLLayer
import torch
import torch.nn as nn


class GRUGate(nn.Module):
    """out = (1 - z) * x + z * h~   with z small in the beginning (bg > 0)"""

    def __init__(self, d, bg=2.0):
        super().__init__()
        self.Wr = nn.Linear(d, d, bias=False)
        self.Ur = nn.Linear(d, d, bias=False)
        self.Wz = nn.Linear(d, d, bias=False)
        self.Uz = nn.Linear(d, d, bias=False)
        self.Wg = nn.Linear(d, d, bias=False)
        self.Ug = nn.Linear(d, d, bias=False)
        self.bg = nn.Parameter(torch.full((d,), float(bg)))

    def forward(self, x, y):
        r = torch.sigmoid(self.Wr(y) + self.Ur(x))
        z = torch.sigmoid(self.Wz(y) + self.Uz(x) - self.bg)
        h = torch.tanh(self.Wg(y) + self.Ug(r * x))
        return (1 - z) * x + z * h


class GTrXLLayer(nn.Module):
    # x: (T, B, D)
    def __init__(self, d=32, heads=2, ff=64):
        super().__init__()
        self.ln1 = nn.LayerNorm(d)
        self.ln2 = nn.LayerNorm(d)
        self.att = nn.MultiheadAttention(d, heads)
        self.fc = nn.Sequential(nn.Linear(d, ff), nn.ReLU(), nn.Linear(ff, d))
        self.gate1 = GRUGate(d)
        self.gate2 = GRUGate(d)

    def forward(self, x):
        T = x.size(0)
        causal = torch.triu(torch.ones(T, T, dtype=torch.bool, device=x.device), 1)
        n = self.ln1(x)
        y, _ = self.att(n, n, n, attn_mask=causal, need_weights=False)
        x = self.gate1(x, torch.relu(y))
        y = self.fc(self.ln2(x))
        return self.gate2(x, torch.relu(y))
