# residua-test: wrong target=ConformerBlock
# What is wrong: FeedForward already contains its own residual, and the block adds 0.5 * FeedForward(x) to x again, so the identity grows by 1.5 in every half step
import torch
from torch import nn


class FeedForward(nn.Module):
    def __init__(self, dim, mult=4, dropout=0.0):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.w1 = nn.Linear(dim, dim * mult)
        self.act = nn.SiLU()
        self.w2 = nn.Linear(dim * mult, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        h = self.w2(self.dropout(self.act(self.w1(self.norm(x)))))
        return x + self.dropout(h)  # expect


class ConvModule(nn.Module):
    def __init__(self, dim, kernel_size=31, dropout=0.0):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.pw1 = nn.Conv1d(dim, 2 * dim, 1)
        self.glu = nn.GLU(dim=1)
        self.dw = nn.Conv1d(dim, dim, kernel_size, padding=kernel_size // 2, groups=dim)
        self.bn = nn.BatchNorm1d(dim)
        self.act = nn.SiLU()
        self.pw2 = nn.Conv1d(dim, dim, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        h = self.norm(x).transpose(1, 2)
        h = self.pw2(self.act(self.bn(self.dw(self.glu(self.pw1(h))))))
        return self.dropout(h.transpose(1, 2))


class ConformerBlock(nn.Module):
    """FFN/2 - MHSA - Conv - FFN/2 - LayerNorm, input (batch, time, dim)."""

    def __init__(self, dim: int = 144, heads: int = 4, conv_kernel_size: int = 31, dropout: float = 0.1):
        super().__init__()
        self.ff1 = FeedForward(dim, dropout=dropout)
        self.attn_norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, dropout=dropout, batch_first=True)
        self.conv = ConvModule(dim, conv_kernel_size, dropout)
        self.ff2 = FeedForward(dim, dropout=dropout)
        self.post_norm = nn.LayerNorm(dim)

    def forward(self, x, key_padding_mask=None):
        x = x + 0.5 * self.ff1(x)  # expect: R105
        h = self.attn_norm(x)
        x = x + self.attn(h, h, h, key_padding_mask=key_padding_mask, need_weights=False)[0]
        x = x + self.conv(x)
        x = x + 0.5 * self.ff2(x)  # expect: R105
        return self.post_norm(x)
