# residua-test: right target=ConformerBlock
import torch
from torch import nn, einsum
import torch.nn.functional as F


class Swish(nn.Module):
    def forward(self, x):
        return x * x.sigmoid()


class GLU(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        out, gate = x.chunk(2, dim=self.dim)
        return out * gate.sigmoid()


class Transpose(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


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


class Attention(nn.Module):
    def __init__(self, dim, heads=4, dim_head=16):
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
        q, k, v = map(lambda t: t.reshape(b, n, self.heads, -1).transpose(1, 2), (q, k, v))
        dots = einsum('b h i d, b h j d -> b h i j', q, k) * self.scale
        out = einsum('b h i j, b h j d -> b h i d', dots.softmax(dim=-1), v)
        return self.to_out(out.transpose(1, 2).reshape(b, n, -1))


def feed_forward(dim, mult=4, dropout=0.):
    return nn.Sequential(
        nn.Linear(dim, dim * mult), Swish(), nn.Dropout(dropout),
        nn.Linear(dim * mult, dim), nn.Dropout(dropout))


def conv_module(dim, expansion=2, k=9, dropout=0.):
    inner = dim * expansion
    return nn.Sequential(
        nn.LayerNorm(dim), Transpose(),
        nn.Conv1d(dim, inner * 2, 1), GLU(dim=1),
        nn.Conv1d(inner, inner, k, padding=k // 2, groups=inner),
        nn.BatchNorm1d(inner), Swish(),
        nn.Conv1d(inner, dim, 1), Transpose(), nn.Dropout(dropout))


class ConformerBlock(nn.Module):
    def __init__(self, dim, dropout=0.1):
        super().__init__()
        self.ff1 = Scale(0.5, PreNorm(dim, feed_forward(dim, dropout=dropout)))
        self.attn = PreNorm(dim, Attention(dim))
        self.conv = conv_module(dim, dropout=dropout)
        self.ff2 = Scale(0.5, PreNorm(dim, feed_forward(dim, dropout=dropout)))
        self.post_norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = self.ff1(x) + x
        x = self.attn(x) + x
        x = self.conv(x) + x
        x = self.ff2(x) + x
        return self.post_norm(x)
