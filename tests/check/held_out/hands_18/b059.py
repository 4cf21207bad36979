# residua-test: right target=SwinBlock
import torch
import torch.nn as nn


def to_windows(x, w):
    B, H, W, C = x.shape
    return x.view(B, H // w, w, W // w, w, C).permute(0, 1, 3, 2, 4, 5).reshape(-1, w * w, C)


def from_windows(x, w, H, W):
    B = x.shape[0] // ((H // w) * (W // w))
    return x.view(B, H // w, W // w, w, w, -1).permute(0, 1, 3, 2, 4, 5).reshape(B, H, W, -1)


class SwinBlock(nn.Module):
    def __init__(self, dim=32, size=8, heads=4, window=4, shift=0, mlp_ratio=4):
        super().__init__()
        self.size, self.w, self.shift, self.h = size, window, shift, heads
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, mlp_ratio * dim), nn.GELU(), nn.Linear(mlp_ratio * dim, dim))
        # relative position bias
        self.bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        nn.init.trunc_normal_(self.bias_table, std=.02)
        c = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing='ij')).flatten(1)
        rel = (c[:, :, None] - c[:, None, :]).permute(1, 2, 0) + window - 1
        self.register_buffer('rel_index', rel[..., 0] * (2 * window - 1) + rel[..., 1])
        mask = None
        if shift > 0:
            img = torch.zeros(1, size, size, 1)
            cnt = 0
            parts = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
            for a in parts:
                for b in parts:
                    img[:, a, b, :] = cnt
                    cnt += 1
            ids = to_windows(img, window).squeeze(-1)
            diff = ids[:, None, :] - ids[:, :, None]
            mask = torch.zeros_like(diff).masked_fill(diff != 0, -100.0)
        self.register_buffer('mask', mask)

    def attention(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.h, c // self.h).permute(2, 0, 3, 1, 4)
        a = q @ k.transpose(-1, -2) * (c // self.h) ** -0.5
        a = a + self.bias_table[self.rel_index.view(-1)].view(t, t, -1).permute(2, 0, 1)
        if self.mask is not None:
            m = self.mask
            a = (a.view(-1, m.shape[0], self.h, t, t) + m[None, :, None]).view(n, self.h, t, t)
        return self.proj((a.softmax(-1) @ v).transpose(1, 2).reshape(n, t, c))

    def forward(self, x):
        H = W = self.size
        y = self.norm1(x)
        if self.shift:
            y = y.roll((-self.shift, -self.shift), (1, 2))
        y = from_windows(self.attention(to_windows(y, self.w)), self.w, H, W)
        if self.shift:
            y = y.roll((self.shift, self.shift), (1, 2))
        x = x + y
        return x + self.mlp(self.norm2(x))
