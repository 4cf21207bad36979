# residua-test: right target=Encoder
import math

import torch
import torch.nn as nn


class LayerNormalization(nn.Module):

    def __init__(self, features: int, eps: float = 10 ** -6) -> None:
        super().__init__()
        self.eps = eps
        self.alpha = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        std = x.std(dim=-1, keepdim=True)
        return self.alpha * (x - mean) / (std + self.eps) + self.bias


class MultiHeadAttentionBlock(nn.Module):

    def __init__(self, d_model: int, h: int, dropout: float) -> None:
        super().__init__()
        assert d_model % h == 0, "d_model is not divisible by h"
        self.h = h
        self.d_k = d_model // h
        self.w_q = nn.Linear(d_model, d_model, bias=False)
        self.w_k = nn.Linear(d_model, d_model, bias=False)
        self.w_v = nn.Linear(d_model, d_model, bias=False)
        self.w_o = nn.Linear(d_model, d_model, bias=False)
        self.dropout = nn.Dropout(dropout)

    def split(self, t):
        return t.view(t.shape[0], t.shape[1], self.h, self.d_k).transpose(1, 2)

    def forward(self, q, k, v, mask):
        query, key, value = self.split(self.w_q(q)), self.split(self.w_k(k)), self.split(self.w_v(v))
        scores = (query @ key.transpose(-2, -1)) / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e9)
        scores = self.dropout(scores.softmax(dim=-1))
        x = scores @ value
        x = x.transpose(1, 2).contiguous().view(x.shape[0], -1, self.h * self.d_k)
        return self.w_o(x)


class ResidualConnection(nn.Module):

    def __init__(self, features: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.norm = LayerNormalization(features)

    def forward(self, x, sublayer):
        # norm first, then the sublayer (most implementations do it like this)
        return x + self.dropout(sublayer(self.norm(x)))


class EncoderBlock(nn.Module):

    def __init__(self, features: int, h: int, d_ff: int, dropout: float) -> None:
        super().__init__()
        self.self_attention_block = MultiHeadAttentionBlock(features, h, dropout)
        self.feed_forward_block = nn.Sequential(
            nn.Linear(features, d_ff), nn.ReLU(), nn.Dropout(dropout), nn.Linear(d_ff, features))
        self.residual_connections = nn.ModuleList([ResidualConnection(features, dropout) for _ in range(2)])

    def forward(self, x, src_mask):
        x = self.residual_connections[0](x, lambda x: self.self_attention_block(x, x, x, src_mask))
        x = self.residual_connections[1](x, self.feed_forward_block)
        return x


class Encoder(nn.Module):

    def __init__(self, features: int = 32, n: int = 2, h: int = 4, d_ff: int = 64, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = nn.ModuleList([EncoderBlock(features, h, d_ff, dropout) for _ in range(n)])
        self.norm = LayerNormalization(features)

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x)
