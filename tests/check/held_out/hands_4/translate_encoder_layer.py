# residua-test: wrong target=EncoderLayer
# What is wrong: The second add-and-norm adds the layer input instead of the attention sub-layer's output, so the attention result reaches the output only through the feed-forward branch
"""Encoder layer of a small Vaswani-style translation model (post-norm)."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, num_heads: int):
        super().__init__()
        assert d_model % num_heads == 0
        self.h = num_heads
        self.d_k = d_model // num_heads
        self.wq = nn.Linear(d_model, d_model)
        self.wk = nn.Linear(d_model, d_model)
        self.wv = nn.Linear(d_model, d_model)
        self.wo = nn.Linear(d_model, d_model)

    def forward(self, q, k, v, mask=None):
        b = q.size(0)
        q, k, v = (lin(t).view(b, -1, self.h, self.d_k).transpose(1, 2)
                   for lin, t in ((self.wq, q), (self.wk, k), (self.wv, v)))
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e9)
        attn = scores.softmax(dim=-1)
        ctx = (attn @ v).transpose(1, 2).reshape(b, -1, self.h * self.d_k)
        return self.wo(ctx), attn


class EncoderLayer(nn.Module):
    def __init__(self, d_model: int = 512, num_heads: int = 8, d_ff: int = 2048, dropout: float = 0.1):
        super().__init__()
        self.mha = MultiHeadAttention(d_model, num_heads)
        self.ff1 = nn.Linear(d_model, d_ff)
        self.ff2 = nn.Linear(d_ff, d_model)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.drop1 = nn.Dropout(dropout)
        self.drop2 = nn.Dropout(dropout)

    def forward(self, inputs, mask=None):
        output, _ = self.mha(inputs, inputs, inputs, mask)
        output = self.drop1(output)
        output = self.norm1(inputs + output)

        output = self.ff2(F.relu(self.ff1(output)))  # expect
        output = self.drop2(output)
        return self.norm2(inputs + output)  # expect: R178
