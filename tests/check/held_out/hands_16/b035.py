# residua-test: right target=SwinV2Block
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class SwinV2Block(nn.Module):
    """tokens (B, res*res, dim); the resolution is fixed when the block is built"""

    def __init__(self, dim, res, heads, window, shifted=False):
        super().__init__()
        assert res % window == 0
        self.res, self.heads, self.window = res, heads, window
        self.shift = window // 2 if shifted and res > window else 0
        self.qkv = nn.Linear(dim, dim * 3, bias=False)
        self.proj = nn.Linear(dim, dim)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones(heads, 1, 1)))
        self.norm1 = nn.LayerNorm(dim)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        if self.shift:
            lab = torch.zeros(1, res, res, 1)
            cuts = [(0, res - window), (res - window, res - self.shift), (res - self.shift, res)]
            for a, (h0, h1) in enumerate(cuts):
                for b, (w0, w1) in enumerate(cuts):
                    lab[:, h0:h1, w0:w1] = 3 * a + b
            lab = self._split(lab).squeeze(-1)
            bias = (lab.unsqueeze(1) - lab.unsqueeze(2)).ne(0).float() * -100.0
            self.register_buffer("attn_bias", bias)
        else:
            self.attn_bias = None

    def _split(self, x):
        b, h, w, c = x.shape
        k = self.window
        return x.reshape(b, h // k, k, w // k, k, c).transpose(2, 3).reshape(-1, k * k, c)

    def _merge(self, x, b):
        k, n = self.window, self.res // self.window
        return x.reshape(b, n, n, k, k, -1).transpose(2, 3).reshape(b, self.res, self.res, -1)

    def _attend(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        scale = self.logit_scale.clamp(max=math.log(100.0)).exp()
        att = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1) * scale
        if self.attn_bias is not None:
            nw = self.attn_bias.shape[0]
            att = att.view(n // nw, nw, self.heads, t, t) + self.attn_bias[None, :, None]
            att = att.view(n, self.heads, t, t)
        y = att.softmax(dim=-1) @ v
        return self.proj(y.transpose(1, 2).reshape(n, t, c))

    def forward(self, x):
        b, l, c = x.shape
        y = x.view(b, self.res, self.res, c)
        if self.shift:
            y = y.roll((-self.shift, -self.shift), (1, 2))
        y = self._merge(self._attend(self._split(y)), b)
        if self.shift:
            y = y.roll((self.shift, self.shift), (1, 2))
        x = x + self.norm1(y.reshape(b, l, c))
        x = x + self.norm2(self.mlp(x))
        return x
