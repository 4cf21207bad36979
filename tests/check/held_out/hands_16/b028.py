# residua-test: wrong target=ShiftedWindowBlock args="dim=32, resolution=(8, 8), heads=4, window=4, shift=2"
# What is wrong: after the window attention the map is rolled by -shift again instead of +shift, so the branch is added to the stream displaced by twice the shift.
import torch
import torch.nn as nn
import torch.nn.functional as F


def to_windows(x, w):
    b, h, wd, c = x.shape
    x = x.view(b, h // w, w, wd // w, w, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, w * w, c)


def from_windows(x, w, h, wd):
    b = x.shape[0] // ((h // w) * (wd // w))
    x = x.view(b, h // w, wd // w, w, w, -1).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(b, h, wd, -1)


class WindowAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        n, t, c = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        if mask is not None:
            mask = mask.repeat(n // mask.shape[0], 1, 1).unsqueeze(1)
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.proj(x.transpose(1, 2).reshape(n, t, c))


# residua: input=x=2x8x8x32
class ShiftedWindowBlock(nn.Module):
    """x: (B, H, W, C) with (H, W) = resolution"""

    def __init__(self, dim, resolution, heads, window=7, shift=0, mlp_ratio=4):
        super().__init__()
        h, w = resolution
        assert h % window == 0 and w % window == 0
        self.window, self.shift = window, shift
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, dim * mlp_ratio), nn.GELU(), nn.Linear(dim * mlp_ratio, dim))
        mask = None
        if shift > 0:
            region = torch.zeros(1, h, w, 1)
            parts = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
            i = 0
            for hs in parts:
                for ws in parts:
                    region[:, hs, ws] = i
                    i += 1
            ids = to_windows(region, window).squeeze(-1)
            mask = ids[:, :, None] == ids[:, None, :]
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        h, w = x.shape[1:3]
        y = self.norm1(x)
        if self.shift:
            y = torch.roll(y, shifts=(-self.shift, -self.shift), dims=(1, 2))
        y = self.attn(to_windows(y, self.window), self.mask)
        y = from_windows(y, self.window, h, w)
        if self.shift:
            y = torch.roll(y, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect: R211
        x = x + y
        return x + self.mlp(self.norm2(x))
