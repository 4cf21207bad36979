# residua-test: wrong target=DiT
# What is wrong: the adaLN-Zero layers are zeroed in the blocks, but self.apply(_basic_init) at the end of the network's constructor re-initialises them: no block starts as the identity.
import math

import torch
import torch.nn as nn


def modulate(x, shift, scale):
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


class TimestepEmbedder(nn.Module):
    def __init__(self, dim, freq=64):
        super().__init__()
        self.freq = freq
        self.mlp = nn.Sequential(nn.Linear(freq, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t):
        half = self.freq // 2
        f = torch.exp(-math.log(10000) * torch.arange(half, device=t.device) / half)
        args = t[:, None].float() * f[None]
        return self.mlp(torch.cat([args.cos(), args.sin()], dim=-1))


class DiTBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(dim, 6 * dim))
        # adaLN-Zero: every block is the identity at the start
        nn.init.zeros_(self.adaLN_modulation[-1].weight)
        nn.init.zeros_(self.adaLN_modulation[-1].bias)

    def forward(self, x, c):
        s1, sc1, g1, s2, sc2, g2 = self.adaLN_modulation(c).chunk(6, dim=1)
        h = modulate(self.norm1(x), s1, sc1)
        x = x + g1.unsqueeze(1) * self.attn(h, h, h, need_weights=False)[0]
        h = modulate(self.norm2(x), s2, sc2)
        return x + g2.unsqueeze(1) * self.mlp(h)


class DiT(nn.Module):
    def __init__(self, size=8, patch=2, channels=4, dim=48, depth=2, heads=4):
        super().__init__()
        self.patch = patch
        self.x_embedder = nn.Conv2d(channels, dim, patch, stride=patch)
        self.t_embedder = TimestepEmbedder(dim)
        self.pos_embed = nn.Parameter(torch.randn(1, (size // patch) ** 2, dim) * 0.02)
        self.blocks = nn.ModuleList([DiTBlock(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, channels * patch ** 2)
        self.apply(self._basic_init)  # expect

    @staticmethod
    def _basic_init(m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_uniform_(m.weight)  # expect: R226
            if m.bias is not None:
                nn.init.zeros_(m.bias)

    def forward(self, x, t):
        b, c, h, w = x.shape
        p = self.patch
        z = self.x_embedder(x).flatten(2).transpose(1, 2) + self.pos_embed
        cond = self.t_embedder(t)
        for block in self.blocks:
            z = block(z, cond)
        z = self.head(self.norm(z)).view(b, h // p, w // p, p, p, c)
        return z.permute(0, 5, 1, 3, 2, 4).reshape(b, c, h, w)
