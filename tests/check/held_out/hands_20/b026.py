# residua-test: right target=MacaronConformer
# Why it is right: A conformer layer with two separate half-step feed-forward modules, each adding 0.5 times its output once.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Scale(nn.Module):
    def __init__(self, factor, fn):
        super().__init__()
        self.factor, self.fn = factor, fn

    def forward(self, x):
        return self.factor * self.fn(x)


def feed_forward(dim, p):
    return nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Dropout(p),
                         nn.Linear(4 * dim, dim), nn.Dropout(p))


class ConvModule(nn.Module):
    def __init__(self, dim, k, p):
        super().__init__()
        self.ln = nn.LayerNorm(dim)
        self.expand = nn.Conv1d(dim, 2 * dim, 1)
        self.depth = nn.Conv1d(dim, dim, k, padding=(k - 1) // 2, groups=dim)
        self.bn = nn.BatchNorm1d(dim)
        self.squeeze = nn.Conv1d(dim, dim, 1)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        y = F.glu(self.expand(self.ln(x).mT), dim=-2)
        y = self.squeeze(F.silu(self.bn(self.depth(y))))
        return self.drop(y.mT)


class MacaronConformer(nn.Module):
    def __init__(self, dim=48, heads=4, kernel_size=15, dropout=0.1):
        super().__init__()
        self.ff_in = Scale(0.5, feed_forward(dim, dropout))
        self.ff_out = Scale(0.5, feed_forward(dim, dropout))
        self.ln = nn.LayerNorm(dim)
        self.mha = nn.MultiheadAttention(dim, heads, dropout, batch_first=True)
        self.conv = ConvModule(dim, kernel_size, dropout)
        self.end = nn.LayerNorm(dim)

    def forward(self, x, pad=None):
        x = x + self.ff_in(x)
        h = self.ln(x)
        x = x + self.mha(h, h, h, key_padding_mask=pad, need_weights=False)[0]
        x = x + self.conv(x)
        x = x + self.ff_out(x)
        return self.end(x)
