# residua-test: right target=ParallelBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-8):
        super().__init__()
        self.scale, self.eps = dim ** -0.5, eps
        self.g = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        norm = torch.norm(x, dim=-1, keepdim=True) * self.scale
        return x / norm.clamp(min=self.eps) * self.g


class ParallelBlock(nn.Module):
    """x + attn(norm x) + ff(norm x); q, k, v and both ff halves from a single fused projection"""

    def __init__(self, dim=32, dim_head=8, heads=4, ff_mult=2):
        super().__init__()
        inner = dim_head * heads
        ff_inner = dim * ff_mult
        self.heads, self.scale = heads, dim_head ** -0.5
        # one shared head for k and v (multi query)
        self.dims = (inner, dim_head, dim_head, ff_inner, ff_inner)
        self.norm = RMSNorm(dim)
        self.fused = nn.Linear(dim, sum(self.dims), bias=False)
        self.attn_out = nn.Linear(inner, dim, bias=False)
        self.ff_out = nn.Linear(ff_inner, dim, bias=False)

    def forward(self, x):
        b, n, _ = x.shape
        q, k, v, ff, gate = self.fused(self.norm(x)).split(self.dims, dim=-1)
        q = q.view(b, n, self.heads, -1).transpose(1, 2) * self.scale
        sim = torch.einsum('b h i d, b j d -> b h i j', q, k)
        mask = torch.ones(n, n, device=x.device, dtype=torch.bool).triu(1)
        sim = sim.masked_fill(mask, -torch.finfo(sim.dtype).max)
        out = torch.einsum('b h i j, b j d -> b h i d', sim.softmax(dim=-1), v)
        out = out.transpose(1, 2).reshape(b, n, -1)
        return x + self.attn_out(out) + self.ff_out(F.silu(gate) * ff)
