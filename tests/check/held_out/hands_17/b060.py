# residua-test: right target=SlopeLayer
import torch
import torch.nn.functional as F
from torch import nn


class SlopeLayer(nn.Module):
    """Causal layer whose heads look back over different distances."""

    def __init__(self, width=32, heads=8):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.gate, self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        slopes = 2.0 ** -torch.arange(1, heads + 1, dtype=torch.float32)
        self.register_buffer("slopes", slopes.view(heads, 1, 1), persistent=False)

    def split(self, t):
        return t.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x):
        h = self.n1(x)
        n = x.size(1)
        idx = torch.arange(n, device=x.device)
        distance = (idx[None, :] - idx[:, None]).float()
        bias = (self.slopes * distance).masked_fill(distance > 0, float("-inf"))
        scores = self.split(self.q(h)) @ self.split(self.k(h)).mT / (x.size(-1) // self.heads) ** 0.5
        scores = scores + bias
        x = x + self.o((scores.softmax(-1) @ self.split(self.v(h))).transpose(1, 2).flatten(2))
        h = self.n2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))
