# residua-test: wrong target=AttnResidual
# What is wrong: forward in eval mode sets self.dropout_p to 0 for good, so after one evaluation the model trains without dropout
import torch
import torch.nn as nn
import torch.nn.functional as F


class AttnResidual(nn.Module):
    """Pre-norm self-attention sub-layer using the fused attention kernel."""

    def __init__(self, dim=64, heads=4, dropout_p=0.1):
        super().__init__()
        assert dim % heads == 0
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)
        self.dropout_p = dropout_p

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (t.view(b, n, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        if not self.training:
            self.dropout_p = 0.0  # expect: R187
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout_p)  # expect
        y = y.transpose(1, 2).reshape(b, n, d)
        return x + self.proj(y)
