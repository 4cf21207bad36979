# residua-test: right target=ConformerLayer
# Why it is right: A correct Conformer layer: half-step feed-forwards around attention and convolution, each pre-normed, with one final norm.
import torch
import torch.nn as nn


class ConvModule(nn.Module):
    def __init__(self, d, kernel_size):
        super().__init__()
        self.pointwise1 = nn.Conv1d(d, 2 * d, 1)
        self.depthwise = nn.Conv1d(d, d, kernel_size, padding=(kernel_size - 1) // 2, groups=d)
        self.bn = nn.BatchNorm1d(d)
        self.pointwise2 = nn.Conv1d(d, d, 1)

    def forward(self, x):
        x = nn.functional.glu(self.pointwise1(x.transpose(1, 2)), dim=1)
        x = nn.functional.silu(self.bn(self.depthwise(x)))
        return self.pointwise2(x).transpose(1, 2)


class ConformerLayer(nn.Module):
    """x: (batch, frames, d_model)"""

    def __init__(self, d_model=48, heads=4, kernel_size=7, dropout=0.1):
        super().__init__()
        self.ff1 = self.feed_forward(d_model, dropout)
        self.norm_att = nn.LayerNorm(d_model)
        self.att = nn.MultiheadAttention(d_model, heads, dropout, batch_first=True)
        self.norm_conv = nn.LayerNorm(d_model)
        self.conv = ConvModule(d_model, kernel_size)
        self.ff2 = self.feed_forward(d_model, dropout)
        self.norm_out = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    @staticmethod
    def feed_forward(d, p):
        return nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.SiLU(), nn.Dropout(p), nn.Linear(4 * d, d), nn.Dropout(p))

    def forward(self, x):
        x = x + 0.5 * self.ff1(x)
        q = self.norm_att(x)
        x = x + self.dropout(self.att(q, q, q, need_weights=False)[0])
        x = x + self.dropout(self.conv(self.norm_conv(x)))
        x = x + 0.5 * self.ff2(x)
        return self.norm_out(x)
