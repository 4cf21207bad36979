# residua-test: right target=DiT
import math
import torch
import torch.nn as nn


def modulate(x, shift, scale):
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


class TimestepEmbedder(nn.Module):
    def __init__(self, hidden, freq=64):
        super().__init__()
        self.freq = freq
        self.mlp = nn.Sequential(nn.Linear(freq, hidden), nn.SiLU(), nn.Linear(hidden, hidden))

    def forward(self, t):
        half = self.freq // 2
        w = torch.exp(-math.log(10000) * torch.arange(half, device=t.device) / half)
        a = t[:, None].float() * w[None]
        return self.mlp(torch.cat([a.cos(), a.sin()], -1))


class DiTBlock(nn.Module):
    def __init__(self, d, heads, mlp_ratio=4):
        super().__init__()
        self.norm1 = nn.LayerNorm(d, elementwise_affine=False, eps=1e-6)
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(d, elementwise_affine=False, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(d, d * mlp_ratio), nn.GELU(approximate="tanh"), nn.Linear(d * mlp_ratio, d))
        self.adaLN = nn.Sequential(nn.SiLU(), nn.Linear(d, 6 * d))
        nn.init.zeros_(self.adaLN[1].weight)
        nn.init.zeros_(self.adaLN[1].bias)

    def forward(self, x, c):
        s1, c1, g1, s2, c2, g2 = self.adaLN(c).chunk(6, dim=1)
        h = modulate(self.norm1(x), s1, c1)
        x = x + g1.unsqueeze(1) * self.attn(h, h, h, need_weights=False)[0]
        x = x + g2.unsqueeze(1) * self.mlp(modulate(self.norm2(x), s2, c2))
        return x


class DiT(nn.Module):
    """latents (B, 4, 16, 16), timesteps (B,), labels (B,)"""

    def __init__(self, size=16, patch=4, chans=4, d=48, depth=3, heads=4, classes=10):
        super().__init__()
        self.p, self.g, self.c = patch, size // patch, chans
        self.x_embedder = nn.Conv2d(chans, d, patch, patch)
        self.t_embedder = TimestepEmbedder(d)
        self.y_embedder = nn.Embedding(classes, d)
        self.pos = nn.Parameter(torch.randn(1, self.g ** 2, d) * 0.02)
        self.blocks = nn.ModuleList([DiTBlock(d, heads) for _ in range(depth)])
        self.final_norm = nn.LayerNorm(d, elementwise_affine=False, eps=1e-6)
        self.final_ada = nn.Sequential(nn.SiLU(), nn.Linear(d, 2 * d))
        self.final = nn.Linear(d, patch * patch * chans)
        for lin in (self.final_ada[1], self.final):
            nn.init.zeros_(lin.weight)
            nn.init.zeros_(lin.bias)

    def unpatchify(self, x):
        B = x.shape[0]
        x = x.reshape(B, self.g, self.g, self.p, self.p, self.c)
        return x.permute(0, 5, 1, 3, 2, 4).reshape(B, self.c, self.g * self.p, self.g * self.p)

    def forward(self, x, t, y):
        x = self.x_embedder(x).flatten(2).transpose(1, 2) + self.pos
        c = self.t_embedder(t) + self.y_embedder(y)
        for b in self.blocks:
            x = b(x, c)
        shift, scale = self.final_ada(c).chunk(2, dim=1)
        return self.unpatchify(self.final(modulate(self.final_norm(x), shift, scale)))
