# residua-test: right target=GatedTransformerLayer
# Why it is right: GTrXL replaces the sum by a GRU gate; the positive bias is subtracted so the gate is nearly closed and the layer starts near the identity.
import torch
from torch import nn


class GatingMechanism(nn.Module):
    def __init__(self, d, bg=2.0):
        super().__init__()
        self.from_y = nn.Linear(d, 3 * d, bias=False)
        self.from_x = nn.Linear(d, 2 * d, bias=False)
        self.from_rx = nn.Linear(d, d, bias=False)
        self.bg = nn.Parameter(torch.full([d], bg))

    def forward(self, x, y):
        wr, wz, wg = self.from_y(y).chunk(3, dim=-1)
        ur, uz = self.from_x(x).chunk(2, dim=-1)
        r = (wr + ur).sigmoid()
        z = (wz + uz - self.bg).sigmoid()
        h = (wg + self.from_rx(r * x)).tanh()
        return torch.lerp(x, h, z)


class GatedTransformerLayer(nn.Module):
    """RL memory layer, sequence first: x (T, B, d_model); optional memory (M, B, d_model)."""

    def __init__(self, d_model, heads=4, inner=64):
        super().__init__()
        self.ln_attn, self.ln_ff = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.attn = nn.MultiheadAttention(d_model, heads)
        self.gate_attn, self.gate_ff = GatingMechanism(d_model), GatingMechanism(d_model)
        self.ff = nn.Sequential(nn.Linear(d_model, inner), nn.ReLU(), nn.Linear(inner, d_model))

    def forward(self, x, memory=None):
        full = x if memory is None else torch.cat([memory.detach(), x], 0)
        q, kv = self.ln_attn(x), self.ln_attn(full)
        T, S = q.size(0), kv.size(0)
        mask = torch.ones(T, S, dtype=torch.bool, device=x.device).triu(S - T + 1)
        y, _ = self.attn(q, kv, kv, attn_mask=mask)
        x = self.gate_attn(x, y.relu())
        return self.gate_ff(x, self.ff(self.ln_ff(x)).relu())
