# residua-test: right target=WindowBlock
import torch
from torch import nn


def windows(x, size):
    b, h, w, c = x.shape
    x = x.view(b, h // size, size, w // size, size, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, c)


def whole(x, size, b, h, w):
    x = x.view(b, h // size, w // size, size, size, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, -1)


class WindowBlock(nn.Module):
    def __init__(self, dim=32, heads=4, side=8, window=4, shift=2):
        super().__init__()
        self.side, self.window, self.shift = side, window, shift
        self.norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x):
        b, n, c = x.shape
        y = self.norm(x).view(b, self.side, self.side, c)
        y = torch.roll(y, shifts=(-self.shift, -self.shift), dims=(1, 2))
        y = windows(y, self.window)
        y = self.attn(y, y, y, need_weights=False)[0]
        y = whole(y, self.window, b, self.side, self.side)
        y = torch.roll(y, shifts=(self.shift, self.shift), dims=(1, 2))
        return x + y.reshape(b, n, c)
