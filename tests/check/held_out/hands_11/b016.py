# residua-test: right target=DiT
# minimal DiT, everything in one file
import math

import torch
import torch.nn as nn


class DiTBlock(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.norm1 = nn.LayerNorm(d, elementwise_affine=False, eps=1e-6)
        self.norm2 = nn.LayerNorm(d, elementwise_affine=False, eps=1e-6)
        self.attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(approximate="tanh"), nn.Linear(4 * d, d))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(d, 6 * d))

    def forward(self, x, c):
        a = self.ada(c)[:, None]
        sh1, sc1, g1, sh2, sc2, g2 = a.chunk(6, dim=-1)
        h = self.norm1(x) * (1 + sc1) + sh1
        x = x + g1 * self.attn(h, h, h, need_weights=False)[0]
        h = self.norm2(x) * (1 + sc2) + sh2
        x = x + g2 * self.mlp(h)
        return x


class DiT(nn.Module):
    def __init__(self, img=8, patch=2, in_ch=3, d=32, h=4, depth=3, n_classes=10):
        super().__init__()
        self.patch, self.grid, self.in_ch = patch, img // patch, in_ch
        self.embed = nn.Conv2d(in_ch, d, patch, patch)
        self.register_buffer("pos", self._sincos(torch.arange(self.grid ** 2), d)[None])
        self.t_mlp = nn.Sequential(nn.Linear(d, d), nn.SiLU(), nn.Linear(d, d))
        self.y_embed = nn.Embedding(n_classes, d)
        self.blocks = nn.ModuleList(DiTBlock(d, h) for _ in range(depth))
        self.norm = nn.LayerNorm(d, elementwise_affine=False, eps=1e-6)
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(d, 2 * d))
        self.out = nn.Linear(d, patch * patch * in_ch)
        self.initialize_weights()

    @staticmethod
    def _sincos(t, d):
        f = torch.exp(-math.log(10000.0) * torch.arange(d // 2, device=t.device) / (d // 2))
        a = t.float()[:, None] * f
        return torch.cat([a.sin(), a.cos()], -1)

    def initialize_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
        nn.init.normal_(self.y_embed.weight, std=0.02)
        # adaLN-Zero + output layer
        for lin in [b.ada[1] for b in self.blocks] + [self.ada[1], self.out]:
            nn.init.zeros_(lin.weight)
            nn.init.zeros_(lin.bias)

    def forward(self, x, t, y):
        z = self.embed(x).flatten(2).mT + self.pos
        c = self.t_mlp(self._sincos(t, z.shape[-1])) + self.y_embed(y)
        for b in self.blocks:
            z = b(z, c)
        shift, scale = self.ada(c)[:, None].chunk(2, dim=-1)
        z = self.out(self.norm(z) * (1 + scale) + shift)
        g, p = self.grid, self.patch
        z = z.reshape(-1, g, g, p, p, self.in_ch)
        return torch.einsum("nhwpqc->nchpwq", z).reshape(-1, self.in_ch, g * p, g * p)
