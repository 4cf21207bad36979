# residua-test: right target=ParallelBlock
# Why it is right: Attention and MLP in parallel on one shared norm and one sum (GPT-J, PaLM), and the query/key/value projection is fused.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ParallelBlock(nn.Module):
    def __init__(self, dim=64, heads=4, mult=4):
        super().__init__()
        self.heads = heads
        self.ln = nn.LayerNorm(dim)
        self.inner = dim * mult
        self.fused = nn.Linear(dim, 3 * dim + self.inner, bias=False)
        self.attn_out = nn.Linear(dim, dim, bias=False)
        self.ff_out = nn.Linear(self.inner, dim, bias=False)

    def split(self, t):
        b, n, d = t.shape
        return t.view(b, n, self.heads, d // self.heads).transpose(1, 2)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v, ff = self.fused(self.ln(x)).split([d, d, d, self.inner], dim=-1)
        a = F.scaled_dot_product_attention(
            self.split(q), self.split(k), self.split(v), is_causal=True)
        a = a.transpose(1, 2).reshape(b, n, d)
        return x + self.attn_out(a) + self.ff_out(F.gelu(ff))
