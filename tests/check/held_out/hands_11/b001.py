# residua-test: wrong target=ConformerBlock
# What is wrong: the convolution module already returns x + f(x) and the block adds x to it once more, so the stream is doubled in every block.
import torch
import torch.nn as nn
import torch.nn.functional as F


class FeedForward(nn.Module):
    def __init__(self, d, mult=4, p=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(d), nn.Linear(d, d * mult), nn.SiLU(), nn.Dropout(p),
            nn.Linear(d * mult, d), nn.Dropout(p),
        )

    def forward(self, x):
        return self.net(x)


class ConvModule(nn.Module):
    def __init__(self, d, k=15, p=0.1):
        super().__init__()
        self.ln = nn.LayerNorm(d)
        self.pw1 = nn.Conv1d(d, 2 * d, 1)
        self.dw = nn.Conv1d(d, d, k, padding=k // 2, groups=d)
        self.bn = nn.BatchNorm1d(d)
        self.pw2 = nn.Conv1d(d, d, 1)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        h = self.ln(x).transpose(1, 2)
        h = F.glu(self.pw1(h), dim=1)
        h = F.silu(self.bn(self.dw(h)))
        h = self.drop(self.pw2(h)).transpose(1, 2)
        return x + h


class ConformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, p=0.1):
        super().__init__()
        self.ff1 = FeedForward(d_model, p=p)
        self.ln_att = nn.LayerNorm(d_model)
        self.att = nn.MultiheadAttention(d_model, n_heads, dropout=p, batch_first=True)
        self.conv = ConvModule(d_model, p=p)
        self.ff2 = FeedForward(d_model, p=p)
        self.ln_out = nn.LayerNorm(d_model)

    def forward(self, x):
        x = x + 0.5 * self.ff1(x)
        a = self.ln_att(x)
        x = x + self.att(a, a, a, need_weights=False)[0]
        x = x + self.conv(x)  # expect: R105
        x = x + 0.5 * self.ff2(x)
        return self.ln_out(x)
