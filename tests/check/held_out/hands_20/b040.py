# residua-test: wrong target=UViT
# What is wrong: pop(0) hands out the long skips in the order of storage, so the first decoder block gets the shallowest feature; a U must take the last one first.
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, heads, skip=False):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.merge = nn.Linear(2 * dim, dim) if skip else None

    def forward(self, x, skip=None):
        if self.merge is not None:
            x = self.merge(torch.cat([x, skip], dim=-1))
        h = self.n1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        return x + self.mlp(self.n2(x))


class UViT(nn.Module):
    """Diffusion backbone: a ViT with long skips between shallow and deep layers.
    tokens: (B, N, dim), t: (B,)"""

    def __init__(self, dim=32, depth=7, heads=4):
        super().__init__()
        half = depth // 2
        self.time = nn.Sequential(nn.Linear(1, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.down = nn.ModuleList(Block(dim, heads) for _ in range(half))
        self.mid = Block(dim, heads)
        self.up = nn.ModuleList(Block(dim, heads, skip=True) for _ in range(half))
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, tokens, t):
        x = torch.cat([self.time(t[:, None].float())[:, None], tokens], dim=1)
        skips = []
        for blk in self.down:
            x = blk(x)
            skips.append(x)
        x = self.mid(x)
        for blk in self.up:
            x = blk(x, skips.pop(0))  # expect: R214
        return self.out(self.norm(x))[:, 1:]
