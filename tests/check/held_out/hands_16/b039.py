# residua-test: right target=ParallelBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


def rotary(x, base=10000.0):
    # x: (b, h, n, d)
    n, d = x.shape[-2:]
    freq = base ** (-torch.arange(0, d, 2, device=x.device, dtype=torch.float32) / d)
    ang = torch.arange(n, device=x.device, dtype=torch.float32)[:, None] * freq[None]
    cos, sin = ang.cos().to(x.dtype), ang.sin().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)


class ParallelBlock(nn.Module):
    def __init__(self, dim, heads, ff_mult=4):
        super().__init__()
        assert dim % heads == 0 and (dim // heads) % 2 == 0
        self.heads = heads
        self.sizes = (dim, dim, dim, dim * ff_mult, dim * ff_mult)
        self.norm = nn.LayerNorm(dim)
        self.fused = nn.Linear(dim, sum(self.sizes), bias=False)
        self.attn_out = nn.Linear(dim, dim, bias=False)
        self.ff_out = nn.Linear(dim * ff_mult, dim, bias=False)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v, ff, gate = self.fused(self.norm(x)).split(self.sizes, dim=-1)
        q, k, v = (t.view(b, n, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        att = F.scaled_dot_product_attention(rotary(q), rotary(k), v, is_causal=True)
        att = att.transpose(1, 2).reshape(b, n, d)
        return x + self.attn_out(att) + self.ff_out(ff * F.silu(gate))
