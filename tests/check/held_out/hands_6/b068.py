# residua-test: right target=SwinLayer
import torch
import torch.nn as nn


def to_windows(x, w):
    b, H, W, c = x.shape
    return x.reshape(b, H // w, w, W // w, w, c).permute(0, 1, 3, 2, 4, 5).reshape(b, -1, w * w, c)


def from_windows(x, w, H, W):
    b, _, _, c = x.shape
    return x.reshape(b, H // w, W // w, w, w, c).permute(0, 1, 3, 2, 4, 5).reshape(b, H, W, c)


class WindowAttention(nn.Module):
    def __init__(self, dim, w, heads):
        super().__init__()
        self.heads, self.w = heads, w
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)
        self.table = nn.Parameter(torch.zeros((2 * w - 1) ** 2, heads))
        nn.init.trunc_normal_(self.table, std=.02)
        c = torch.stack(torch.meshgrid(torch.arange(w), torch.arange(w), indexing='ij')).flatten(1)
        rel = (c[:, :, None] - c[:, None, :]) + w - 1
        self.register_buffer('index', rel[0] * (2 * w - 1) + rel[1], persistent=False)

    def forward(self, x, mask=None):
        b, n, t, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, t, 3, self.heads, c // self.heads).permute(3, 0, 1, 4, 2, 5)
        a = (q * (c // self.heads) ** -0.5) @ k.transpose(-1, -2)          # b n h t t
        a = a + self.table[self.index].permute(2, 0, 1)
        if mask is not None:
            a = a + mask[None, :, None]
        return self.proj((a.softmax(-1) @ v).transpose(2, 3).reshape(b, n, t, c))


class SwinLayer(nn.Module):
    def __init__(self, dim=32, resolution=(8, 8), heads=4, w=4, shift=2, drop_path=0.1):
        super().__init__()
        if min(resolution) <= w:
            shift, w = 0, min(resolution)
        self.resolution, self.w, self.shift, self.p = resolution, w, shift, drop_path
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, w, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        mask = None
        if shift > 0:
            H, W = resolution
            lab = torch.zeros(1, H, W, 1)
            cuts = (slice(0, -w), slice(-w, -shift), slice(-shift, None))
            for i, hs in enumerate(cuts):
                for j, ws in enumerate(cuts):
                    lab[:, hs, ws] = i * 3 + j
            lab = to_windows(lab, w)[0, :, :, 0]
            mask = (lab[:, None] != lab[:, :, None]).float() * -100.0
        self.register_buffer('mask', mask, persistent=False)

    def keep(self, y):
        if not self.training or self.p == 0:
            return y
        m = torch.rand(y.shape[0], 1, 1, device=y.device) >= self.p
        return y * m / (1 - self.p)

    def forward(self, x):
        H, W = self.resolution
        b, L, c = x.shape
        assert L == H * W
        y = self.norm1(x).view(b, H, W, c)
        if self.shift:
            y = y.roll((-self.shift, -self.shift), (1, 2))
        y = from_windows(self.attn(to_windows(y, self.w), self.mask), self.w, H, W)
        if self.shift:
            y = y.roll((self.shift, self.shift), (1, 2))
        x = x + self.keep(y.reshape(b, L, c))
        return x + self.keep(self.mlp(self.norm2(x)))
