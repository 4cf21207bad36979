# residua-test: right target=SwinTinyNet
import torch
from torch import nn


class WindowAttention(nn.Module):
    def __init__(self, dim, ws, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.bias_table = nn.Parameter(torch.zeros((2 * ws - 1) ** 2, heads))
        nn.init.trunc_normal_(self.bias_table, std=.02)
        c = torch.stack(torch.meshgrid(torch.arange(ws), torch.arange(ws), indexing="ij")).flatten(1)
        rel = (c[:, :, None] - c[:, None, :]).permute(1, 2, 0) + ws - 1
        self.register_buffer("index", rel[..., 0] * (2 * ws - 1) + rel[..., 1], persistent=False)
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        B_, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B_, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        attn = (q * self.scale) @ k.transpose(-2, -1)
        attn = attn + self.bias_table[self.index].permute(2, 0, 1)
        if mask is not None:
            nW = mask.shape[0]
            attn = attn.view(B_ // nW, nW, self.heads, N, N) + mask[None, :, None]
            attn = attn.view(-1, self.heads, N, N)
        x = (attn.softmax(-1) @ v).transpose(1, 2).reshape(B_, N, C)
        return self.proj(x)


class SwinBlock(nn.Module):
    def __init__(self, dim, res, heads, ws=4, shift=0):
        super().__init__()
        if res <= ws:
            ws, shift = res, 0
        self.res, self.ws, self.shift = res, ws, shift
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, ws, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, dim * 4), nn.GELU(), nn.Linear(dim * 4, dim))
        mask = None
        if shift:
            reg = torch.zeros(res)
            reg[-ws:-shift] = 1
            reg[-shift:] = 2
            ids = self.cut((reg[:, None] * 3 + reg[None])[None, ..., None]).squeeze(-1)
            d = ids[:, None] - ids[:, :, None]
            mask = torch.zeros_like(d).masked_fill(d != 0, -100.0)
        self.register_buffer("mask", mask, persistent=False)

    def cut(self, x):
        B, H, W, C = x.shape
        w = self.ws
        return x.reshape(B, H // w, w, W // w, w, C).transpose(2, 3).reshape(-1, w * w, C)

    def glue(self, w, B):
        n = self.res // self.ws
        return w.reshape(B, n, n, self.ws, self.ws, -1).transpose(2, 3).reshape(B, self.res, self.res, -1)

    def forward(self, x):
        B, L, C = x.shape
        h = self.norm1(x).view(B, self.res, self.res, C)
        s = self.shift
        h = h.roll((-s, -s), (1, 2)) if s else h
        h = self.glue(self.attn(self.cut(h), self.mask), B)
        h = h.roll((s, s), (1, 2)) if s else h
        x = x + h.reshape(B, L, C)
        return x + self.mlp(self.norm2(x))


class PatchMerging(nn.Module):
    def __init__(self, dim, res):
        super().__init__()
        self.res = res
        self.norm = nn.LayerNorm(4 * dim)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        B, L, C = x.shape
        x = x.view(B, self.res, self.res, C)
        x = torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1).flatten(1, 2)
        return self.reduction(self.norm(x))


class SwinTinyNet(nn.Module):
    def __init__(self, img=32, patch=2, dim=24, depths=(2, 2, 2), heads=(2, 4, 8), classes=10):
        super().__init__()
        self.embed = nn.Conv2d(3, dim, patch, patch)
        res, layers = img // patch, []
        for i, (d, h) in enumerate(zip(depths, heads)):
            layers += [SwinBlock(dim, res, h, 4, 2 if j % 2 else 0) for j in range(d)]
            if i < len(depths) - 1:
                layers.append(PatchMerging(dim, res))
                dim, res = dim * 2, res // 2
        self.layers = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, classes)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        x = self.norm(self.layers(x))
        return self.fc(x.mean(1))
