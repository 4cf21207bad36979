# residua-test: wrong target=Encoder
# What is wrong: The pre-norm wrapper normalises only the query; keys and values are taken from the raw stream.
import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.mha = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, query, key, value):
        return self.mha(query, key, value, need_weights=False)[0]


class PreNorm(nn.Module):
    def __init__(self, dim, sublayer):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.sublayer = sublayer

    def forward(self, x, *rest):
        return self.sublayer(self.norm(x), *rest)  # expect


class Residual(nn.Module):
    def __init__(self, layer, p=0.1):
        super().__init__()
        self.layer, self.drop = layer, nn.Dropout(p)

    def forward(self, inputs):
        return inputs[0] + self.drop(self.layer(*inputs))


class Encoder(nn.Module):
    """Bidirectional text encoder, token ids (B, L)."""

    def __init__(self, vocab=100, dim=32, heads=4, depth=2):
        super().__init__()
        self.tok = nn.Embedding(vocab, dim)
        self.pos = nn.Parameter(torch.randn(1, 64, dim) * 0.02)
        self.layers = nn.ModuleList()
        for _ in range(depth):
            ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
            self.layers.append(nn.ModuleList([
                Residual(PreNorm(dim, SelfAttention(dim, heads))),
                Residual(PreNorm(dim, ff)),
            ]))
        self.norm = nn.LayerNorm(dim)

    def forward(self, ids):
        x = self.tok(ids) + self.pos[:, : ids.size(1)]
        for attn, ff in self.layers:
            x = attn([x, x, x])
            x = ff([x])
        return self.norm(x)
