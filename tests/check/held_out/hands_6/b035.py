# residua-test: wrong target=ShiftedWindowBlock
# What is wrong: The reverse cyclic shift rolls by -shift again instead of +shift, so the attention output is added to the wrong positions.
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


class ShiftedWindowBlock(nn.Module):
    """x: (B, H*W, C) with a fixed resolution"""

    def __init__(self, dim=32, resolution=8, num_heads=4, window_size=4, shift_size=2):
        super().__init__()
        self.res = resolution
        self.ws = window_size
        self.shift = shift_size
        self.heads = num_heads
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, dim * 4), nn.GELU(), nn.Linear(dim * 4, dim))
        self.register_buffer('mask', self._build_mask(), persistent=False)

    def _build_mask(self):
        if self.shift == 0:
            return None
        ids = torch.zeros(1, self.res, self.res, 1)
        slices = (slice(0, -self.ws), slice(-self.ws, -self.shift), slice(-self.shift, None))
        n = 0
        for h in slices:
            for w in slices:
                ids[:, h, w, :] = n
                n += 1
        win = window_partition(ids, self.ws).squeeze(-1)
        return win.unsqueeze(1) != win.unsqueeze(2)      # nW, ws*ws, ws*ws, True = not allowed

    def forward(self, x):
        B, L, C = x.shape
        H = W = self.res
        shortcut = x
        x = self.norm1(x).view(B, H, W, C)
        mask = None
        if self.shift > 0:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
            mask = self.mask.repeat(B, 1, 1).repeat_interleave(self.heads, dim=0)
        w = window_partition(x, self.ws)
        w, _ = self.attn(w, w, w, attn_mask=mask, need_weights=False)
        x = window_reverse(w, self.ws, H, W)
        if self.shift > 0:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect: R211
        x = shortcut + x.reshape(B, L, C)
        return x + self.mlp(self.norm2(x))
