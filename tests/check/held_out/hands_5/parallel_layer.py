# residua-test: right target=ParallelBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class ParallelBlock(nn.Module):
    """Attention and MLP in parallel from one LayerNorm: y = x + attn(n) + mlp(n)."""

    def __init__(self, dim=64, heads=4, ratio=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, bias=False)
        self.fused = nn.Linear(dim, 3 * dim + ratio * dim, bias=False)
        self.attn_out = nn.Linear(dim, dim, bias=False)
        self.mlp_out = nn.Linear(ratio * dim, dim, bias=False)
        self.q_norm = nn.LayerNorm(dim // heads)
        self.k_norm = nn.LayerNorm(dim // heads)
        self.sizes = [dim, dim, dim, ratio * dim]

    def forward(self, x):
        b, n, d = x.shape
        q, k, v, h = self.fused(self.norm(x)).split(self.sizes, dim=-1)
        q, k, v = (t.view(b, n, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(self.q_norm(q), self.k_norm(k), v, is_causal=True)
        y = y.transpose(1, 2).reshape(b, n, d)
        return x + self.attn_out(y) + self.mlp_out(F.gelu(h))
