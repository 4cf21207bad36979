# residua-test: wrong target=VideoTransformer
# What is wrong: The MLP's result replaces the tokens instead of being added to them; the second residual connection of the block is missing.
import torch
from torch import nn
from dataclasses import dataclass


@dataclass
class Cfg:
    frames: int = 4
    size: int = 32
    patch: int = 8
    dim: int = 48
    depth: int = 3
    heads: int = 4
    mlp: int = 96
    classes: int = 10


class DividedBlock(nn.Module):
    """Divided space-time attention (TimeSformer)."""

    def __init__(self, cfg: Cfg):
        super().__init__()
        self.n_t, self.n_s, self.n_m = nn.LayerNorm(cfg.dim), nn.LayerNorm(cfg.dim), nn.LayerNorm(cfg.dim)
        self.time = nn.MultiheadAttention(cfg.dim, cfg.heads, batch_first=True)
        self.space = nn.MultiheadAttention(cfg.dim, cfg.heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(cfg.dim, cfg.mlp), nn.GELU(), nn.Linear(cfg.mlp, cfg.dim))

    def forward(self, x):
        b, t, s, d = x.shape
        # over time, every place on its own
        h = self.n_t(x).transpose(1, 2).reshape(b * s, t, d)
        h = self.time(h, h, h, need_weights=False)[0]
        x = x + h.reshape(b, s, t, d).transpose(1, 2)
        # over space, every frame on its own
        h = self.n_s(x).reshape(b * t, s, d)
        h = self.space(h, h, h, need_weights=False)[0]
        x = x + h.reshape(b, t, s, d)
        # feed-forward
        x = self.mlp(self.n_m(x))  # expect: R204
        return x


class VideoTransformer(nn.Module):
    def __init__(self, cfg: Cfg = Cfg()):
        super().__init__()
        n = (cfg.size // cfg.patch) ** 2
        self.embed = nn.Conv3d(3, cfg.dim, (1, cfg.patch, cfg.patch), (1, cfg.patch, cfg.patch))
        self.pos_s = nn.Parameter(torch.zeros(1, 1, n, cfg.dim))
        self.pos_t = nn.Parameter(torch.zeros(1, cfg.frames, 1, cfg.dim))
        nn.init.trunc_normal_(self.pos_s, std=.02)
        nn.init.trunc_normal_(self.pos_t, std=.02)
        self.blocks = nn.ModuleList(DividedBlock(cfg) for _ in range(cfg.depth))
        self.norm = nn.LayerNorm(cfg.dim)
        self.head = nn.Linear(cfg.dim, cfg.classes)

    def forward(self, video):
        """video: (batch, 3, 4, 32, 32)"""
        x = self.embed(video).flatten(3).permute(0, 2, 3, 1)
        x = x + self.pos_s + self.pos_t
        for blk in self.blocks:
            x = blk(x)
        return self.head(self.norm(x).mean((1, 2)))
