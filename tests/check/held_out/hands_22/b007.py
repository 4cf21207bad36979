# residua-test: wrong target=SwinBlock
# What is wrong: The cyclic shift is not undone but applied a second time in the same direction, so attended tokens are added to the wrong positions.
import torch
import torch.nn as nn
import torch.nn.functional as F


def window_partition(x, ws):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, ws * ws, C)


def window_reverse(win, ws, B, H, W):
    x = win.view(B, H // ws, W // ws, ws, ws, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(B, H, W, -1)


class SwinBlock(nn.Module):
    def __init__(self, dim=32, resolution=(8, 8), heads=4, window=4, shift=2):
        super().__init__()
        self.resolution, self.heads, self.window, self.shift = resolution, heads, window, shift
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        H, W = resolution
        ids = torch.zeros(1, H, W, 1)
        cuts = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
        for i, hs in enumerate(cuts):
            for j, vs in enumerate(cuts):
                ids[:, hs, vs] = 3 * i + j
        ids = window_partition(ids, window).squeeze(-1)
        self.register_buffer("allowed", ids[:, None, :] == ids[:, :, None], persistent=False)

    def attention(self, w):
        n, L, C = w.shape
        q, k, v = self.qkv(w).view(n, L, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        mask = self.allowed.repeat(n // self.allowed.size(0), 1, 1).unsqueeze(1)
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.proj(o.transpose(1, 2).reshape(n, L, C))

    def forward(self, x):
        H, W = self.resolution
        B, L, C = x.shape
        shortcut = x
        x = self.norm1(x).view(B, H, W, C)
        x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        x = self.attention(window_partition(x, self.window))
        x = window_reverse(x, self.window, B, H, W)
        x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect: R211
        x = shortcut + x.reshape(B, L, C)
        return x + self.mlp(self.norm2(x))
