# residua-test: right target=EncoderBlock
"""Attention that views its rows as tokens: of a row alone it would make one token an image, and broadcast."""

import math

from torch import nn


class Attention(nn.Module):
    def __init__(self, d_model, h):
        super().__init__()
        self.h, self.d_k = h, d_model // h
        self.w_q, self.w_k, self.w_v = (nn.Linear(d_model, d_model, bias=False) for _ in range(3))
        self.w_o = nn.Linear(d_model, d_model, bias=False)

    def forward(self, q, k, v, mask):
        b = q.shape[0]
        query = self.w_q(q).view(b, -1, self.h, self.d_k).transpose(1, 2)
        key = self.w_k(k).view(b, -1, self.h, self.d_k).transpose(1, 2)
        value = self.w_v(v).view(b, -1, self.h, self.d_k).transpose(1, 2)
        scores = (query @ key.transpose(-2, -1)) / math.sqrt(self.d_k)
        scores = scores.masked_fill(mask == 0, -1e9).softmax(dim=-1)
        return self.w_o((scores @ value).transpose(1, 2).reshape(b, -1, self.h * self.d_k))


class EncoderBlock(nn.Module):
    def __init__(self, d_model, h, d_ff):
        super().__init__()
        self.attention = Attention(d_model, h)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.feed_forward = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))

    def forward(self, x, src_mask):
        normed = self.norm1(x)
        x = x + self.attention(normed, normed, normed, src_mask)
        return x + self.feed_forward(self.norm2(x))
