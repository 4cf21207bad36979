# residua-test: right target=ConformerBlock
import torch
from torch import nn
import torch.nn.functional as F


class Swish(nn.Module):
    def forward(self, x):
        return x * x.sigmoid()


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
        inner_dim = dim_head * heads
        self.heads = heads
        self.to_q = nn.Linear(dim, inner_dim, bias=False)
        self.to_kv = nn.Linear(dim, inner_dim * 2, bias=False)
        self.to_out = nn.Linear(inner_dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        q, k, v = (self.to_q(x), *self.to_kv(x).chunk(2, dim=-1))
        q, k, v = map(lambda t: t.reshape(b, n, self.heads, -1).transpose(1, 2), (q, k, v))
        out = F.scaled_dot_product_attention(q, k, v)
        out = out.transpose(1, 2).reshape(b, n, -1)
        return self.to_out(out)


class DepthWiseConv1d(nn.Module):
    def __init__(self, chan, kernel_size):
        super().__init__()
        pad = kernel_size // 2
        # also right for even kernels
        self.padding = (pad, pad - (kernel_size + 1) % 2)
        self.conv = nn.Conv1d(chan, chan, kernel_size, groups=chan)

    def forward(self, x):
        return self.conv(F.pad(x, self.padding))


def feed_forward(dim, mult=4, dropout=0.):
    return nn.Sequential(nn.Linear(dim, dim * mult), Swish(), nn.Dropout(dropout),
                         nn.Linear(dim * mult, dim), nn.Dropout(dropout))


def conv_module(dim, expansion=2, kernel_size=31, dropout=0.):
    inner = dim * expansion
    return nn.Sequential(
        nn.LayerNorm(dim),
        Transpose(),
        nn.Conv1d(dim, inner * 2, 1),
        nn.GLU(dim=1),
        DepthWiseConv1d(inner, kernel_size),
        nn.BatchNorm1d(inner),
        Swish(),
        nn.Conv1d(inner, dim, 1),
        Transpose(),
        nn.Dropout(dropout),
    )


class ConformerBlock(nn.Module):
    def __init__(self, dim=32, heads=4, ff_mult=4, dropout=0.1):
        super().__init__()
        self.ff1 = Scale(0.5, PreNorm(dim, feed_forward(dim, ff_mult, dropout)))
        self.attn = PreNorm(dim, Attention(dim, heads))
        self.conv = conv_module(dim, dropout=dropout)
        self.ff2 = Scale(0.5, PreNorm(dim, feed_forward(dim, ff_mult, dropout)))
        self.post_norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = self.ff1(x) + x
        x = self.attn(x) + x
        x = self.conv(x) + x
        x = self.ff2(x) + x
        x = self.post_norm(x)
        return x
