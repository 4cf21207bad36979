# residua-test: right target=TinyGPTJ args='c=Config()'
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Config:
    vocab: int = 96
    ctx: int = 32
    d: int = 32
    heads: int = 4
    layers: int = 3
    dropout: float = 0.0


class ParallelBlock(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.h, self.p = c.heads, c.dropout
        self.ln = nn.LayerNorm(c.d)
        self.qkv = nn.Linear(c.d, 3 * c.d, bias=False)
        self.proj = nn.Linear(c.d, c.d, bias=False)
        self.fc_in = nn.Linear(c.d, 4 * c.d)
        self.fc_out = nn.Linear(4 * c.d, c.d)

    def forward(self, x):
        B, T, D = x.shape
        n = self.ln(x)
        q, k, v = self.qkv(n).view(B, T, 3, self.h, D // self.h).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.p if self.training else 0.0)
        a = self.proj(a.transpose(1, 2).reshape(B, T, D))
        f = self.fc_out(F.gelu(self.fc_in(n)))
        return x + a + f


class TinyGPTJ(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.wte = nn.Embedding(c.vocab, c.d)
        self.wpe = nn.Embedding(c.ctx, c.d)
        self.blocks = nn.ModuleList([ParallelBlock(c) for _ in range(c.layers)])
        self.ln_f = nn.LayerNorm(c.d)
        self.head = nn.Linear(c.d, c.vocab, bias=False)
        self.apply(self._init)
        self.head.weight = self.wte.weight
        for b in self.blocks:
            for w in (b.proj.weight, b.fc_out.weight):
                nn.init.normal_(w, std=0.02 / (2 * c.layers) ** 0.5)

    def _init(self, m):
        if isinstance(m, (nn.Linear, nn.Embedding)):
            nn.init.normal_(m.weight, std=0.02)
        if isinstance(m, nn.Linear) and m.bias is not None:
            nn.init.zeros_(m.bias)

    def forward(self, idx):
        x = self.wte(idx) + self.wpe.weight[: idx.shape[1]]
        for b in self.blocks:
            x = b(x)
        return self.head(self.ln_f(x))
