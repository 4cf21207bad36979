# residua-test: wrong target=GatedTransformerUnit
# What is wrong: The bias bg is added to the update gate instead of subtracted, so with bg=2 the gate is open at the start and the block throws the stream away instead of starting near the identity.
import torch
import torch.nn as nn


class GRUGate(nn.Module):
    """
    GTrXL gating: g(x, y) = (1 - z) * x + z * h~
    x is the stream, y the output of the sublayer. bg > 0 keeps z small at the start,
    so that the unit is close to the identity on x.
    """

    def __init__(self, d, bg=2.0):
        super().__init__()
        self.Wr, self.Ur = nn.Linear(d, d, bias=False), nn.Linear(d, d, bias=False)
        self.Wz, self.Uz = nn.Linear(d, d, bias=False), nn.Linear(d, d, bias=False)
        self.Wg, self.Ug = nn.Linear(d, d, bias=False), nn.Linear(d, d, bias=False)
        self.bg = nn.Parameter(torch.full((d,), float(bg)))

    def forward(self, x, y):
        r = torch.sigmoid(self.Wr(y) + self.Ur(x))
        z = torch.sigmoid(self.Wz(y) + self.Uz(x) + self.bg)  # expect: R201
        h = torch.tanh(self.Wg(y) + self.Ug(r * x))
        return (1 - z) * x + z * h


class GatedTransformerUnit(nn.Module):
    def __init__(self, d_model=32, n_heads=4, d_ff=64):
        super().__init__()
        self.ln_a = nn.LayerNorm(d_model)
        self.ln_f = nn.LayerNorm(d_model)
        self.attn = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))
        self.gate_a = GRUGate(d_model)
        self.gate_f = GRUGate(d_model)

    def forward(self, x):
        y = self.ln_a(x)
        y = self.attn(y, y, y, need_weights=False)[0]
        x = self.gate_a(x, torch.relu(y))
        y = self.ff(self.ln_f(x))
        return self.gate_f(x, torch.relu(y))
