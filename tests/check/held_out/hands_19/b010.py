# residua-test: wrong target=ShiftedWindowBlock args='dim=32'
# What is wrong: after the window attention the map is rolled by the same negative shift again instead of back, so the branch is displaced against the skip.
import torch
from torch import nn


def windows(x, ws):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, ws * ws, C)


def unwindows(w, ws, B, H, W):
    x = w.view(B, H // ws, W // ws, ws, ws, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(B, H, W, -1)


class ShiftedWindowBlock(nn.Module):
    """Input and output: (B, H, W, C), cyclic shift without mask (the maps are panoramas / tiles)."""

    def __init__(self, dim, num_heads=4, window_size=4, shift=2):
        super().__init__()
        self.ws, self.shift = window_size, shift
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        B, H, W, C = x.shape
        shortcut = x
        x = self.norm1(x)
        x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        w = windows(x, self.ws)
        w, _ = self.attn(w, w, w, need_weights=False)
        x = unwindows(w, self.ws, B, H, W)
        x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect: R211
        x = shortcut + x
        return x + self.mlp(self.norm2(x))
