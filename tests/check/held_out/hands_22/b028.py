# residua-test: right target=ParallelBlock
# Why it is right: Attention and MLP run in parallel from one shared LayerNorm (GPT-J, PaLM); both are added to the raw stream.
import torch
from torch import nn
from torch.nn import functional as F


class ParallelBlock(nn.Module):
    """Decoder block with a fused input projection, x: (B, T, dim)."""

    def __init__(self, dim, heads=4, mult=4):
        super().__init__()
        self.heads = heads
        self.sizes = (dim, dim, dim, mult * dim)
        self.norm = nn.LayerNorm(dim)
        self.fused = nn.Linear(dim, sum(self.sizes), bias=False)
        self.attn_out = nn.Linear(dim, dim, bias=False)
        self.ff_out = nn.Linear(mult * dim, dim, bias=False)

    def forward(self, x):
        B, T, D = x.shape
        q, k, v, ff = self.fused(self.norm(x)).split(self.sizes, dim=-1)
        q, k, v = (t.view(B, T, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        a = a.transpose(1, 2).reshape(B, T, D)
        return x + self.attn_out(a) + self.ff_out(F.gelu(ff))
