# residua-test: right target=GTrXLLayer
import torch
import torch.nn as nn


class GRUGate(nn.Module):
    '''g(x, y) = (1 - z) * x + z * h'''

    def __init__(self, dim, bg=2.0):
        super().__init__()
        self.Wr = nn.Linear(dim, dim, bias=False)
        self.Ur = nn.Linear(dim, dim, bias=False)
        self.Wz = nn.Linear(dim, dim, bias=False)
        self.Uz = nn.Linear(dim, dim, bias=False)
        self.Wg = nn.Linear(dim, dim, bias=False)
        self.Ug = nn.Linear(dim, dim, bias=False)
        self.bg = nn.Parameter(torch.full([dim], float(bg)))

    def forward(self, x, y):
        r = torch.sigmoid(self.Wr(y) + self.Ur(x))
        z = torch.sigmoid(self.Wz(y) + self.Uz(x) - self.bg)
        h = torch.tanh(self.Wg(y) + self.Ug(r * x))
        return (1 - z) * x + z * h


class GTrXLLayer(nn.Module):
    def __init__(self, dim, heads, ff_mult=2, dropout=0.0):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.att = nn.MultiheadAttention(dim, heads, dropout=dropout, batch_first=True)
        self.gate1, self.gate2 = GRUGate(dim), GRUGate(dim)
        self.ff = nn.Sequential(nn.Linear(dim, ff_mult * dim), nn.ReLU(), nn.Linear(ff_mult * dim, dim))

    def forward(self, x):
        T = x.shape[1]
        mask = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        n = self.ln1(x)
        a = self.att(n, n, n, attn_mask=mask, need_weights=False)[0]
        x = self.gate1(x, torch.relu(a))
        e = self.ff(self.ln2(x))
        return self.gate2(x, torch.relu(e))
