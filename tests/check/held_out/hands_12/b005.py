# residua-test: wrong target=MacaronBlock
# What is wrong: FeedForward already returns x + net(x), so the half-step residual adds x again and the stream grows by 1.5 at every half step
import torch
import torch.nn as nn


class FeedForward(nn.Module):
    def __init__(self, dim, mult=4, p=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.w1 = nn.Linear(dim, dim * mult)
        self.w2 = nn.Linear(dim * mult, dim)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        y = self.drop(torch.nn.functional.silu(self.w1(self.norm(x))))
        y = self.drop(self.w2(y))
        return x + y


class SelfAttention(nn.Module):
    def __init__(self, dim, heads, p=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mha = nn.MultiheadAttention(dim, heads, dropout=p, batch_first=True)

    def forward(self, x):
        y = self.norm(x)
        return self.mha(y, y, y, need_weights=False)[0]


class ConvModule(nn.Module):
    def __init__(self, dim, k=15):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.pw1 = nn.Conv1d(dim, 2 * dim, 1)
        self.dw = nn.Conv1d(dim, dim, k, padding=k // 2, groups=dim)
        self.bn = nn.BatchNorm1d(dim)
        self.pw2 = nn.Conv1d(dim, dim, 1)

    def forward(self, x):
        y = self.norm(x).transpose(1, 2)
        y = nn.functional.glu(self.pw1(y), dim=1)
        y = nn.functional.silu(self.bn(self.dw(y)))
        return self.pw2(y).transpose(1, 2)


class MacaronBlock(nn.Module):
    """Conformer block: half-step FFN, MHSA, conv, half-step FFN, each of them residual."""

    def __init__(self, dim, heads=4, ff_mult=4):
        super().__init__()
        self.ffn1 = FeedForward(dim, ff_mult)
        self.attn = SelfAttention(dim, heads)
        self.conv = ConvModule(dim)
        self.ffn2 = FeedForward(dim, ff_mult)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = x + 0.5 * self.ffn1(x)  # expect: R105
        x = x + self.attn(x)
        x = x + self.conv(x)
        x = x + 0.5 * self.ffn2(x)  # expect: R105
        return self.norm(x)
