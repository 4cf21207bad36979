# residua-test: right target=ParallelBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rotate_half(x):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((-b, a), dim=-1)


class ParallelBlock(nn.Module):
    def __init__(self, dim=64, n_heads=4, ff_mult=2, max_len=128):
        super().__init__()
        self.n_heads = n_heads
        self.hd = dim // n_heads
        self.ff = ff_mult * dim
        self.norm = RMSNorm(dim)
        # q, k, v and both halves of the swiglu in one matmul
        self.fused = nn.Linear(dim, 3 * dim + 2 * self.ff, bias=False)
        self.attn_out = nn.Linear(dim, dim, bias=False)
        self.ff_out = nn.Linear(self.ff, dim, bias=False)
        inv = 1.0 / (10000 ** (torch.arange(0, self.hd, 2).float() / self.hd))
        ang = torch.outer(torch.arange(max_len).float(), inv)
        ang = torch.cat((ang, ang), dim=-1)
        self.register_buffer("cos", ang.cos(), persistent=False)
        self.register_buffer("sin", ang.sin(), persistent=False)

    def forward(self, x):
        B, T, D = x.shape
        q, k, v, gate, up = self.fused(self.norm(x)).split([D, D, D, self.ff, self.ff], dim=-1)
        q, k, v = (t.view(B, T, self.n_heads, self.hd).transpose(1, 2) for t in (q, k, v))
        c, s = self.cos[:T], self.sin[:T]
        q = q * c + rotate_half(q) * s
        k = k * c + rotate_half(k) * s
        att = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        att = att.transpose(1, 2).reshape(B, T, D)
        return x + self.attn_out(att) + self.ff_out(F.silu(gate) * up)
