# residua-test: right target=Conformer
import torch
from torch import nn
import torch.nn.functional as F


class Scale(nn.Module):
    def __init__(self, scale, fn):
        super().__init__()
        self.fn = fn
        self.scale = scale

    def forward(self, x, **kwargs):
        return self.fn(x, **kwargs) * self.scale


class PreNorm(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.fn = fn
        self.norm = nn.LayerNorm(dim)

    def forward(self, x, **kwargs):
        x = self.norm(x)
        return self.fn(x, **kwargs)


class Transpose(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


class Pad1d(nn.Module):
    def __init__(self, padding):
        super().__init__()
        self.padding = padding

    def forward(self, x):
        return F.pad(x, self.padding)


class Attention(nn.Module):
    def __init__(self, dim, heads=4, dim_head=8):
        super().__init__()
        inner = heads * dim_head
        self.heads = heads
        self.scale = dim_head ** -0.5
        self.to_q = nn.Linear(dim, inner, bias=False)
        self.to_kv = nn.Linear(dim, inner * 2, bias=False)
        self.to_out = nn.Linear(inner, dim)

    def forward(self, x):
        b, n, _ = x.shape
        q, k, v = (self.to_q(x), *self.to_kv(x).chunk(2, dim=-1))
        q, k, v = map(lambda t: t.view(b, n, self.heads, -1).transpose(1, 2), (q, k, v))
        dots = torch.einsum('b h i d, b h j d -> b h i j', q, k) * self.scale
        out = dots.softmax(dim=-1) @ v
        return self.to_out(out.transpose(1, 2).reshape(b, n, -1))


def conv_module(dim, kernel_size):
    pad = (kernel_size // 2, kernel_size // 2 - (kernel_size + 1) % 2)
    return nn.Sequential(
        nn.LayerNorm(dim), Transpose(),
        nn.Conv1d(dim, dim * 4, 1), nn.GLU(dim=1),
        Pad1d(pad), nn.Conv1d(dim * 2, dim * 2, kernel_size, groups=dim * 2),
        nn.BatchNorm1d(dim * 2), nn.SiLU(),
        nn.Conv1d(dim * 2, dim, 1), Transpose())


class Conformer(nn.Module):
    def __init__(self, dim=32, heads=4, dim_head=8, ff_mult=4, kernel_size=7):
        super().__init__()
        ff = lambda: Scale(0.5, PreNorm(dim, nn.Sequential(
            nn.Linear(dim, dim * ff_mult), nn.SiLU(), nn.Linear(dim * ff_mult, dim))))
        self.ff1 = ff()
        self.attn = PreNorm(dim, Attention(dim, heads, dim_head))
        self.conv = conv_module(dim, kernel_size)
        self.ff2 = ff()
        self.post_norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = self.ff1(x) + x
        x = self.attn(x) + x
        x = self.conv(x) + x
        x = self.ff2(x) + x
        return self.post_norm(x)
