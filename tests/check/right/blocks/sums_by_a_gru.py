# residua-test: right target=GatedBlock
import torch
from torch import nn
import torch.nn.functional as F



class GRUGate(nn.Module):
    """Gated sum of GTrXL: the bias starts it near the identity."""

    def __init__(self, dim, bias=2.0):
        super().__init__()
        self.wr, self.ur = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.wz, self.uz = nn.Linear(dim, dim), nn.Linear(dim, dim, bias=False)
        self.wg, self.ug = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        nn.init.constant_(self.wz.bias, -bias)

    def forward(self, x, y):
        r = torch.sigmoid(self.wr(y) + self.ur(x))
        z = torch.sigmoid(self.wz(y) + self.uz(x))
        h = torch.tanh(self.wg(y) + self.ug(r * x))
        return (1 - z) * x + z * h


class GatedBlock(nn.Module):
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.ReLU(), nn.Linear(4 * dim, dim))
        self.gate1, self.gate2 = GRUGate(dim), GRUGate(dim)

    def forward(self, x):
        h = self.norm1(x)
        x = self.gate1(x, F.relu(self.attn(h, h, h, need_weights=False)[0]))
        return self.gate2(x, F.relu(self.mlp(self.norm2(x))))
