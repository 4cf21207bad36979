# residua-test: wrong target=ConformerBlock
# What is wrong: FeedForward already adds its input, and the block adds it once more with the factor 0.5, so the stream grows by a factor 1.5 at each half step instead of x + 0.5*ff(x).
import torch
import torch.nn as nn


class FeedForward(nn.Module):
    def __init__(self, dim, mult=4, p=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.w1 = nn.Linear(dim, dim * mult)
        self.w2 = nn.Linear(dim * mult, dim)
        self.act = nn.SiLU()
        self.drop = nn.Dropout(p)

    def forward(self, x):
        y = self.drop(self.act(self.w1(self.norm(x))))
        return x + self.drop(self.w2(y))  # expect


class ConvModule(nn.Module):
    def __init__(self, dim, kernel_size=15):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.pw1 = nn.Conv1d(dim, 2 * dim, 1)
        self.dw = nn.Conv1d(dim, dim, kernel_size, padding=kernel_size // 2, groups=dim)
        self.bn = nn.BatchNorm1d(dim)
        self.pw2 = nn.Conv1d(dim, dim, 1)

    def forward(self, x):
        y = self.norm(x).transpose(1, 2)
        y = nn.functional.glu(self.pw1(y), dim=1)
        y = nn.functional.silu(self.bn(self.dw(y)))
        return self.pw2(y).transpose(1, 2)


class ConformerBlock(nn.Module):
    """Speech encoder layer: half-step FFN, attention, convolution, half-step FFN."""

    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.ff1, self.ff2 = FeedForward(dim), FeedForward(dim)
        self.attn_norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.conv = ConvModule(dim)
        self.out_norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = x + 0.5 * self.ff1(x)  # expect: R105
        q = self.attn_norm(x)
        x = x + self.attn(q, q, q, need_weights=False)[0]
        x = x + self.conv(x)
        x = x + 0.5 * self.ff2(x)  # expect: R105
        return self.out_norm(x)
