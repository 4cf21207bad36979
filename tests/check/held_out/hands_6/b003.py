# residua-test: right target=UniversalEncoder
from typing import NamedTuple
import torch
import torch.nn as nn


class EncConfig(NamedTuple):
    vocab: int = 64
    dim: int = 32
    heads: int = 4
    steps: int = 4
    max_len: int = 32


class SharedLayer(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.ln1 = nn.LayerNorm(cfg.dim)
        self.att = nn.MultiheadAttention(cfg.dim, cfg.heads, batch_first=True)
        self.ln2 = nn.LayerNorm(cfg.dim)
        self.ff = nn.Sequential(nn.Linear(cfg.dim, 2 * cfg.dim), nn.GELU(), nn.Linear(2 * cfg.dim, cfg.dim))

    def forward(self, x):
        h = self.ln1(x)
        x = x + self.att(h, h, h, need_weights=False)[0]
        return x + self.ff(self.ln2(x))


class UniversalEncoder(nn.Module):
    """Weights are tied over depth: `layer` is run cfg.steps times, told apart by a step embedding."""

    def __init__(self, cfg: EncConfig = EncConfig()):
        super().__init__()
        self.cfg = cfg
        self.tok = nn.Embedding(cfg.vocab, cfg.dim)
        self.pos = nn.Parameter(torch.randn(1, cfg.max_len, cfg.dim) * 0.02)
        self.step = nn.Parameter(torch.randn(cfg.steps, 1, 1, cfg.dim) * 0.02)
        self.layer = SharedLayer(cfg)
        self.ln = nn.LayerNorm(cfg.dim)

    def forward(self, ids):
        x = self.tok(ids) + self.pos[:, :ids.shape[1]]
        for s in range(self.cfg.steps):
            x = self.layer(x + self.step[s])
        return self.ln(x)
