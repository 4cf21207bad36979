# residua-test: right target=SwinBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class WindowAttention(nn.Module):
    def __init__(self, dim, ws, heads):
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)
        self.bias_table = nn.Parameter(torch.zeros((2 * ws - 1) ** 2, heads))
        nn.init.trunc_normal_(self.bias_table, std=.02)
        yx = torch.stack(torch.meshgrid(torch.arange(ws), torch.arange(ws), indexing="ij")).flatten(1)
        rel = (yx[:, :, None] - yx[:, None, :]) + ws - 1
        self.register_buffer("index", rel[0] * (2 * ws - 1) + rel[1], persistent=False)

    def forward(self, x, mask=None):
        Bw, N, C = x.shape
        q, k, v = self.qkv(x).view(Bw, N, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        a = (q * self.scale) @ k.transpose(-2, -1)
        a = a + self.bias_table[self.index.view(-1)].view(N, N, -1).permute(2, 0, 1)
        if mask is not None:
            nW = mask.shape[0]
            a = a.view(Bw // nW, nW, self.heads, N, N) + mask[None, :, None]
            a = a.view(-1, self.heads, N, N)
        x = (a.softmax(-1) @ v).transpose(1, 2).reshape(Bw, N, C)
        return self.proj(x)


class SwinBlock(nn.Module):
    """One Swin block for maps of one size, (B, H, W, C) in and out. shift=0 -> plain windows."""

    def __init__(self, dim=32, size=8, ws=4, shift=2, heads=4, mlp_ratio=4):
        super().__init__()
        assert size % ws == 0 and 0 <= shift < ws
        self.size, self.ws, self.shift = size, ws, shift
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, ws, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, mlp_ratio * dim), nn.GELU(), nn.Linear(mlp_ratio * dim, dim))

        mask = None
        if shift:
            region = torch.zeros(size)
            region[size - ws:size - shift] = 1
            region[size - shift:] = 2
            region = (region[:, None] * 3 + region[None, :])[None, :, :, None]
            r = self.split(region)[..., 0]
            mask = (r[:, None, :] - r[:, :, None]).ne(0).float() * -100.0
        self.register_buffer("mask", mask, persistent=False)

    def split(self, x):
        B, H, W, C = x.shape
        x = x.reshape(B, H // self.ws, self.ws, W // self.ws, self.ws, C)
        return x.transpose(2, 3).reshape(-1, self.ws ** 2, C)

    def join(self, w, B):
        n = self.size // self.ws
        return w.reshape(B, n, n, self.ws, self.ws, -1).transpose(2, 3).reshape(B, self.size, self.size, -1)

    def forward(self, x):
        B = x.shape[0]
        h = self.norm1(x)
        if self.shift:
            h = h.roll((-self.shift, -self.shift), (1, 2))
        h = self.join(self.attn(self.split(h), self.mask), B)
        if self.shift:
            h = h.roll((self.shift, self.shift), (1, 2))
        x = x + h
        return x + self.mlp(self.norm2(x))
