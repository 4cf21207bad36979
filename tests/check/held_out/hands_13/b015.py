# residua-test: wrong target=ShiftedWindowBlock
# What is wrong: The shift is not undone: the second roll goes the same way, so the attention output is added to tokens displaced by twice the shift.
import torch
import torch.nn as nn


def window_partition(x, ws):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, ws * ws, C)


def window_reverse(windows, ws, H, W):
    B = windows.shape[0] // (H * W // ws // ws)
    x = windows.view(B, H // ws, W // ws, ws, ws, -1)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(B, H, W, -1)


class ShiftedWindowBlock(nn.Module):
    def __init__(self, dim=32, input_resolution=(8, 8), num_heads=4, window_size=4, shift_size=2, mlp_ratio=2.):
        super().__init__()
        self.dim = dim
        self.input_resolution = input_resolution
        self.window_size = window_size
        self.shift_size = shift_size
        self.num_heads = num_heads

        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, int(dim * mlp_ratio)), nn.GELU(), nn.Linear(int(dim * mlp_ratio), dim))

        if shift_size > 0:
            # regions which are not neighbours in the image must not see each other
            H, W = input_resolution
            img_mask = torch.zeros(1, H, W, 1)
            slices = (slice(0, -window_size), slice(-window_size, -shift_size), slice(-shift_size, None))
            cnt = 0
            for h in slices:
                for w in slices:
                    img_mask[:, h, w, :] = cnt
                    cnt += 1
            mw = window_partition(img_mask, window_size).squeeze(-1)       # nW, N
            attn_mask = mw.unsqueeze(1) != mw.unsqueeze(2)                 # nW, N, N
        else:
            attn_mask = None
        self.register_buffer("attn_mask", attn_mask)

    def forward(self, x):
        # x: B, H*W, C
        H, W = self.input_resolution
        B, L, C = x.shape
        shortcut = x
        x = self.norm1(x).view(B, H, W, C)

        if self.shift_size > 0:
            x = torch.roll(x, shifts=(-self.shift_size, -self.shift_size), dims=(1, 2))

        x_windows = window_partition(x, self.window_size)
        mask = None
        if self.attn_mask is not None:
            mask = self.attn_mask.repeat(B, 1, 1).repeat_interleave(self.num_heads, dim=0)
        attn_windows, _ = self.attn(x_windows, x_windows, x_windows, attn_mask=mask, need_weights=False)
        x = window_reverse(attn_windows, self.window_size, H, W)

        if self.shift_size > 0:
            x = torch.roll(x, shifts=(-self.shift_size, -self.shift_size), dims=(1, 2))  # expect: R211
        x = shortcut + x.view(B, H * W, C)
        x = x + self.mlp(self.norm2(x))
        return x
