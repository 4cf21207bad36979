# residua-test: wrong target=CharDecoder
# What is wrong: The causal mask is taken with diagonal=0 and hides the own position as well; the first row is fully masked, its softmax is NaN and the NaN spreads.
import math
import torch
import torch.nn as nn


class Attn(nn.Module):
    def __init__(self, d, heads, max_len):
        super().__init__()
        self.h, self.dk = heads, d // heads
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(d, d) for _ in range(4))
        # True = not allowed to look at
        mask = torch.triu(torch.ones(max_len, max_len), diagonal=0).bool()  # expect: R232
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        b, t, d = x.shape

        def split(y):
            return y.view(b, t, self.h, self.dk).transpose(1, 2)

        q, k, v = split(self.wq(x)), split(self.wk(x)), split(self.wv(x))
        score = q @ k.transpose(-1, -2) / math.sqrt(self.dk)
        score = score.masked_fill(self.mask[:t, :t], float("-inf"))
        y = torch.softmax(score, dim=-1) @ v
        return self.wo(y.transpose(1, 2).reshape(b, t, d))


class DecoderLayer(nn.Module):
    def __init__(self, d, heads, max_len, p):
        super().__init__()
        self.attn = Attn(d, heads, max_len)
        self.ff = nn.Sequential(nn.Linear(d, 4 * d), nn.ReLU(), nn.Linear(4 * d, d))
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        x = x + self.drop(self.attn(self.n1(x)))
        x = x + self.drop(self.ff(self.n2(x)))
        return x


class CharDecoder(nn.Module):
    def __init__(self, vocab=50, d=64, heads=4, layers=2, max_len=128, p=0.1):
        super().__init__()
        self.tok = nn.Embedding(vocab, d)
        self.pos = nn.Parameter(0.02 * torch.randn(max_len, d))
        self.layers = nn.ModuleList(DecoderLayer(d, heads, max_len, p) for _ in range(layers))
        self.norm = nn.LayerNorm(d)
        self.out = nn.Linear(d, vocab)

    def forward(self, idx):
        x = self.tok(idx) + self.pos[: idx.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.out(self.norm(x))
