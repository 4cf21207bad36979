# residua-test: wrong target=SwinStage
# What is wrong: After the windows are put together again the roll goes the same way as before (negative) instead of back, so the attention output is added to tokens shifted by 2*shift.
import torch
import torch.nn as nn


def window_partition(x, ws):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, ws * ws, C)


def window_reverse(win, ws, H, W):
    B = win.shape[0] // ((H // ws) * (W // ws))
    x = win.view(B, H // ws, W // ws, ws, ws, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(B, H, W, -1)


class WindowBlock(nn.Module):
    def __init__(self, dim, heads, res, ws, shift):
        super().__init__()
        self.res, self.ws, self.shift = res, ws, shift
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        mask = None
        if shift > 0:
            img = torch.zeros(1, res, res, 1)
            cnt = 0
            cuts = (slice(0, -ws), slice(-ws, -shift), slice(-shift, None))
            for h in cuts:
                for w in cuts:
                    img[:, h, w] = cnt
                    cnt += 1
            ids = window_partition(img, ws).squeeze(-1)
            mask = ids[:, None, :] != ids[:, :, None]
        self.register_buffer("mask", mask)
        self.heads = heads

    def forward(self, x):
        B, L, C = x.shape
        H = W = self.res
        y = self.norm1(x).view(B, H, W, C)
        if self.shift > 0:
            y = torch.roll(y, shifts=(-self.shift, -self.shift), dims=(1, 2))
        win = window_partition(y, self.ws)
        mask = None
        if self.mask is not None:
            mask = self.mask.repeat(B, 1, 1).repeat_interleave(self.heads, 0)
        win = self.attn(win, win, win, attn_mask=mask, need_weights=False)[0]
        y = window_reverse(win, self.ws, H, W)
        if self.shift > 0:
            y = torch.roll(y, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect: R211
        x = x + y.view(B, L, C)
        return x + self.mlp(self.norm2(x))


class SwinStage(nn.Module):
    """8 x 8 = 64 tokens, (B, 64, dim) in and out"""

    def __init__(self, dim=32, depth=2, heads=4, res=8, ws=4):
        super().__init__()
        self.blocks = nn.ModuleList(
            WindowBlock(dim, heads, res, ws, 0 if i % 2 == 0 else ws // 2) for i in range(depth))

    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        return x
