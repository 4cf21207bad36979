# residua-test: wrong target=ConformerLayer
# What is wrong: the feed forward module already returns x + ff(x) and the layer adds it to x again with weight 0.5, so the stream is multiplied by 1.5 at both half steps.
import torch
from torch import nn


class FeedForwardModule(nn.Module):
    def __init__(self, d_model, mult=4, dropout=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(d_model),
            nn.Linear(d_model, d_model * mult),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(d_model * mult, d_model),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        return x + self.net(x)


class ConvModule(nn.Module):
    def __init__(self, d_model, kernel_size, dropout=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.pw1 = nn.Conv1d(d_model, 2 * d_model, 1)
        self.dw = nn.Conv1d(d_model, d_model, kernel_size, padding=(kernel_size - 1) // 2, groups=d_model)
        self.bn = nn.BatchNorm1d(d_model)
        self.pw2 = nn.Conv1d(d_model, d_model, 1)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        y = self.norm(x).transpose(1, 2)
        y = nn.functional.glu(self.pw1(y), dim=1)
        y = nn.functional.silu(self.bn(self.dw(y)))
        return self.drop(self.pw2(y)).transpose(1, 2)


class ConformerLayer(nn.Module):
    """FF/2 -> MHSA -> Conv -> FF/2 -> LayerNorm, (batch, time, d_model)"""

    def __init__(self, d_model=144, n_heads=4, kernel_size=31, dropout=0.1):
        super().__init__()
        self.ff1 = FeedForwardModule(d_model, dropout=dropout)
        self.attn_norm = nn.LayerNorm(d_model)
        self.attn = nn.MultiheadAttention(d_model, n_heads, dropout=dropout, batch_first=True)
        self.attn_drop = nn.Dropout(dropout)
        self.conv = ConvModule(d_model, kernel_size, dropout)
        self.ff2 = FeedForwardModule(d_model, dropout=dropout)
        self.final_norm = nn.LayerNorm(d_model)

    def forward(self, x, key_padding_mask=None):
        x = x + 0.5 * self.ff1(x)  # expect: R105
        y = self.attn_norm(x)
        y, _ = self.attn(y, y, y, key_padding_mask=key_padding_mask, need_weights=False)
        x = x + self.attn_drop(y)
        x = x + self.conv(x)
        x = x + 0.5 * self.ff2(x)  # expect: R105
        return self.final_norm(x)
