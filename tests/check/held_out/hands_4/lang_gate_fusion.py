# residua-test: wrong target=PixelWordFusion
# What is wrong: Both Linear layers of the gate (no bias, ReLU in between) are zero-initialised, so neither ever gets a gradient, the gate stays at 0 and the fusion branch never contributes
"""Language pathway of a referring segmentation backbone."""
import torch
import torch.nn as nn


class PixelWordAttention(nn.Module):
    def __init__(self, v_dim, l_dim, key_dim, num_heads=1):
        super().__init__()
        self.num_heads = num_heads
        self.q = nn.Linear(v_dim, key_dim)
        self.k = nn.Linear(l_dim, key_dim)
        self.v = nn.Linear(l_dim, v_dim)
        self.out = nn.Linear(v_dim, v_dim)

    def forward(self, x, l, l_mask=None):
        b, n, _ = x.shape
        h = self.num_heads
        q = self.q(x).view(b, n, h, -1).transpose(1, 2)
        k = self.k(l).view(b, l.size(1), h, -1).transpose(1, 2)
        v = self.v(l).view(b, l.size(1), h, -1).transpose(1, 2)
        sim = q @ k.transpose(-1, -2) / q.size(-1) ** 0.5
        if l_mask is not None:
            sim = sim.masked_fill(l_mask[:, None, None, :] == 0, -1e4)
        y = (sim.softmax(-1) @ v).transpose(1, 2).reshape(b, n, -1)
        return self.out(y)


class PixelWordFusion(nn.Module):
    """x + tanh-gated language features; the gate starts closed so that pretrained weights are kept."""

    def __init__(self, dim: int = 96, l_dim: int = 768, num_heads: int = 1):
        super().__init__()
        self.fusion = PixelWordAttention(dim, l_dim, dim, num_heads)
        self.res_gate = nn.Sequential(
            nn.Linear(dim, dim, bias=False),
            nn.ReLU(),
            nn.Linear(dim, dim, bias=False),
            nn.Tanh(),
        )
        self._init_gate()

    def _init_gate(self):
        nn.init.zeros_(self.res_gate[0].weight)  # expect: R172
        nn.init.zeros_(self.res_gate[2].weight)  # expect

    def forward(self, x, l, l_mask=None):
        x_residual = self.fusion(x, l, l_mask)
        return x + self.res_gate(x_residual) * x_residual
