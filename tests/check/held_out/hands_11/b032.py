# residua-test: wrong target=SwinBlock args='dim=32, resolution=(8, 8), num_heads=4, window_size=4, shift_size=2'
# What is wrong: the reverse cyclic shift rolls by -shift again instead of +shift, so the attention output is added to the shortcut at wrong positions.
import torch
import torch.nn as nn


def window_partition(x, ws):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, ws * ws, C)


def window_reverse(windows, ws, H, W):
    B = windows.shape[0] // (H * W // ws // ws)
    x = windows.view(B, H // ws, W // ws, ws, ws, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(B, H, W, -1)


class WindowAttention(nn.Module):
    def __init__(self, dim, num_heads):
        super().__init__()
        self.h = num_heads
        self.scale = (dim // num_heads) ** -0.5
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        B_, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B_, N, 3, self.h, C // self.h).permute(2, 0, 3, 1, 4)
        attn = (q * self.scale) @ k.transpose(-2, -1)
        if mask is not None:
            nW = mask.shape[0]
            attn = attn.view(B_ // nW, nW, self.h, N, N) + mask[None, :, None]
            attn = attn.view(-1, self.h, N, N)
        x = (attn.softmax(-1) @ v).transpose(1, 2).reshape(B_, N, C)
        return self.proj(x)


class SwinBlock(nn.Module):
    def __init__(self, dim, resolution, num_heads, window_size=7, shift_size=0, mlp_ratio=4):
        super().__init__()
        self.resolution, self.ws, self.shift = resolution, window_size, shift_size
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, mlp_ratio * dim), nn.GELU(), nn.Linear(mlp_ratio * dim, dim)
        )
        mask = None
        if shift_size > 0:
            H, W = resolution
            img = torch.zeros(1, H, W, 1)
            sl = (slice(0, -window_size), slice(-window_size, -shift_size), slice(-shift_size, None))
            for i, hs in enumerate(sl):
                for j, wsl in enumerate(sl):
                    img[:, hs, wsl] = 3 * i + j
            win = window_partition(img, window_size).squeeze(-1)
            diff = win[:, None] - win[:, :, None]
            mask = torch.zeros_like(diff).masked_fill(diff != 0, -100.0)
        self.register_buffer("mask", mask)

    def forward(self, x):
        H, W = self.resolution
        B, L, C = x.shape
        shortcut = x
        x = self.norm1(x).view(B, H, W, C)
        if self.shift > 0:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        win = window_partition(x, self.ws)
        x = window_reverse(self.attn(win, self.mask), self.ws, H, W)
        if self.shift > 0:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect: R211
        x = shortcut + x.reshape(B, L, C)
        return x + self.mlp(self.norm2(x))
