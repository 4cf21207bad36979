# residua-test: right target=DiTLayer
# Why it is right: adaLN-Zero: gates start at zero, the modulation uses 1 + scale, and the norms have no own affine parameters.
import torch
from torch import nn
from torch.nn import functional as F


class AdaLNZero(nn.Module):
    def __init__(self, dim, cond_dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.lin = nn.Linear(cond_dim, 3 * dim)
        for p in self.lin.parameters():
            nn.init.zeros_(p)

    def forward(self, x, cond):
        shift, scale, gate = self.lin(F.silu(cond)).unsqueeze(1).chunk(3, dim=-1)
        return self.norm(x) * (1 + scale) + shift, gate


class DiTLayer(nn.Module):
    """Latent diffusion transformer layer. x: (B, N, dim), cond: (B, cond_dim)."""

    def __init__(self, dim, cond_dim, heads=4):
        super().__init__()
        self.heads = heads
        self.ada_attn, self.ada_ff = AdaLNZero(dim, cond_dim), AdaLNZero(dim, cond_dim)
        self.to_qkv = nn.Linear(dim, 3 * dim)
        self.to_out = nn.Linear(dim, dim)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU("tanh"), nn.Linear(4 * dim, dim))

    def attention(self, x):
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.to_qkv(x).chunk(3, -1))
        return self.to_out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x, cond):
        h, gate = self.ada_attn(x, cond)
        x = x + gate * self.attention(h)
        h, gate = self.ada_ff(x, cond)
        return x + gate * self.ff(h)
