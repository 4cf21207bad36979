# residua-test: right target=GatedTransformerLayer
import torch
from torch import nn, Tensor


class GRUGate(nn.Module):
    def __init__(self, dim: int, bg: float = 2.0):
        super().__init__()
        self.Wr = nn.Linear(dim, dim, bias=False)
        self.Ur = nn.Linear(dim, dim, bias=False)
        self.Wz = nn.Linear(dim, dim, bias=False)
        self.Uz = nn.Linear(dim, dim, bias=False)
        self.Wg = nn.Linear(dim, dim, bias=False)
        self.Ug = nn.Linear(dim, dim, bias=False)
        self.bg = nn.Parameter(torch.full((dim,), bg))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        r = torch.sigmoid(self.Wr(y) + self.Ur(x))
        z = torch.sigmoid(self.Wz(y) + self.Uz(x) - self.bg)
        h = torch.tanh(self.Wg(y) + self.Ug(r * x))
        return (1 - z) * x + z * h


class GatedTransformerLayer(nn.Module):
    """(batch, steps, dim) for memory agents; attends to the past only"""

    def __init__(self, dim: int, heads: int, ff: int, bg: float = 2.0):
        super().__init__()
        self.norm_a = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.gate_a = GRUGate(dim, bg)
        self.norm_f = nn.LayerNorm(dim)
        self.ff = nn.Sequential(nn.Linear(dim, ff), nn.ReLU(), nn.Linear(ff, dim))
        self.gate_f = GRUGate(dim, bg)

    def forward(self, x: Tensor) -> Tensor:
        t = x.shape[1]
        future = torch.ones(t, t, dtype=torch.bool, device=x.device).triu(1)
        y = self.norm_a(x)
        y, _ = self.attn(y, y, y, attn_mask=future, need_weights=False)
        x = self.gate_a(x, torch.relu(y))
        y = self.ff(self.norm_f(x))
        return self.gate_f(x, torch.relu(y))
