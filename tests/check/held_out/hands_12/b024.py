# residua-test: wrong target=SelfAttentionBlock
# What is wrong: (batch, heads, tokens, head_dim) is reshaped to (batch, tokens, dim) without transposing heads and tokens back, so tokens are mixed up
import torch
import torch.nn as nn


class SelfAttentionBlock(nn.Module):
    def __init__(self, dim, n_heads=8, qkv_bias=False, proj_drop=0.0):
        super().__init__()
        assert dim % n_heads == 0
        self.n_heads = n_heads
        self.head_dim = dim // n_heads
        self.scale = self.head_dim ** -0.5

        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x):
        bsz, seq, dim = x.shape
        shortcut = x

        qkv = self.qkv(self.norm(x))
        qkv = qkv.reshape(bsz, seq, 3, self.n_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)                       # (bsz, heads, seq, head_dim)

        att = (q * self.scale) @ k.transpose(-2, -1)
        att = att.softmax(dim=-1)

        out = att @ v
        out = out.reshape(bsz, seq, dim)  # expect: R164
        out = self.proj_drop(self.proj(out))
        return shortcut + out
