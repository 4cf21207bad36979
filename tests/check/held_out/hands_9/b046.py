# residua-test: right target=SwinBlock
import torch
import torch.nn as nn


def window_partition(x, ws):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, ws * ws, C)


def window_reverse(windows, ws, H, W):
    C = windows.shape[-1]
    x = windows.view(-1, H // ws, W // ws, ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, H, W, C)


class WindowAttention(nn.Module):
    def __init__(self, dim, ws, heads):
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.table = nn.Parameter(torch.zeros((2 * ws - 1) ** 2, heads))
        nn.init.trunc_normal_(self.table, std=.02)
        ys, xs = torch.meshgrid(torch.arange(ws), torch.arange(ws), indexing="ij")
        pos = torch.stack([ys.flatten(), xs.flatten()])
        rel = pos[:, :, None] - pos[:, None, :] + ws - 1
        self.register_buffer("index", rel[0] * (2 * ws - 1) + rel[1])
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        Bn, N, C = x.shape
        q, k, v = self.qkv(x).view(Bn, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        attn = (q * self.scale) @ k.transpose(-2, -1)
        attn = attn + self.table[self.index].permute(2, 0, 1)
        if mask is not None:
            nW = mask.shape[0]
            attn = attn.view(Bn // nW, nW, self.heads, N, N) + mask[None, :, None]
            attn = attn.view(Bn, self.heads, N, N)
        x = (attn.softmax(-1) @ v).transpose(1, 2).reshape(Bn, N, C)
        return self.proj(x)


class SwinBlock(nn.Module):
    """dim channels on a resolution x resolution map given as (B, resolution**2, dim)"""

    def __init__(self, dim, resolution=8, heads=4, ws=4, shift=2, mlp_ratio=4):
        super().__init__()
        assert resolution % ws == 0 and 0 <= shift < ws
        self.res, self.ws, self.shift = resolution, ws, shift
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, ws, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, dim * mlp_ratio), nn.GELU(), nn.Linear(dim * mlp_ratio, dim))
        mask = None
        if shift > 0:
            region = torch.zeros(1, resolution, resolution, 1)
            cuts = (slice(0, -ws), slice(-ws, -shift), slice(-shift, None))
            n = 0
            for h in cuts:
                for w in cuts:
                    region[:, h, w, :] = n
                    n += 1
            win = window_partition(region, ws).squeeze(-1)
            diff = win[:, None, :] - win[:, :, None]
            mask = torch.zeros_like(diff).masked_fill(diff != 0, -100.)
        self.register_buffer("mask", mask)

    def forward(self, x):
        B, L, C = x.shape
        assert L == self.res * self.res
        shortcut = x
        x = self.norm1(x).view(B, self.res, self.res, C)
        if self.shift:
            x = torch.roll(x, (-self.shift, -self.shift), dims=(1, 2))
        x = self.attn(window_partition(x, self.ws), self.mask)
        x = window_reverse(x, self.ws, self.res, self.res)
        if self.shift:
            x = torch.roll(x, (self.shift, self.shift), dims=(1, 2))
        x = shortcut + x.reshape(B, L, C)
        return x + self.mlp(self.norm2(x))
