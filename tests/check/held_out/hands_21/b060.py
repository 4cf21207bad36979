# residua-test: right target=ParallelBlock
# Why it is right: The parallel formulation of GPT-J and PaLM: attention and MLP read the same normalised input and are added in one step, so one norm is enough.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ParallelBlock(nn.Module):
    """x: (batch, tokens, dim), causal"""

    def __init__(self, dim=64, heads=4, mult=4):
        super().__init__()
        self.heads = heads
        self.inner = dim * mult
        self.ln = nn.LayerNorm(dim)
        self.fused_in = nn.Linear(dim, 3 * dim + self.inner, bias=False)
        self.attn_out = nn.Linear(dim, dim, bias=False)
        self.ff_out = nn.Linear(self.inner, dim, bias=False)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v, h = self.fused_in(self.ln(x)).split([d, d, d, self.inner], dim=-1)
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in (q, k, v))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        a = a.transpose(1, 2).reshape(b, t, d)
        return x + self.attn_out(a) + self.ff_out(F.gelu(h))
