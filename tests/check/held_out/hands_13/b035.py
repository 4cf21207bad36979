# residua-test: wrong target=ConformerEncoderLayer
# What is wrong: The second half-step feed-forward uses ffn_module1 again, ffn_module2 is never used.
import torch
import torch.nn as nn
import torch.nn.functional as F


class FeedForwardModule(nn.Module):
    def __init__(self, d_model, expansion=4, dropout=0.1):
        super().__init__()
        self.sequential = nn.Sequential(
            nn.LayerNorm(d_model),
            nn.Linear(d_model, d_model * expansion),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(d_model * expansion, d_model),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        return self.sequential(x)


class ConvModule(nn.Module):
    def __init__(self, d_model, kernel_size=15, dropout=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.pointwise1 = nn.Conv1d(d_model, 2 * d_model, 1)
        self.depthwise = nn.Conv1d(d_model, d_model, kernel_size, padding=(kernel_size - 1) // 2, groups=d_model)
        self.bn = nn.BatchNorm1d(d_model)
        self.pointwise2 = nn.Conv1d(d_model, d_model, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = self.norm(x).transpose(1, 2)
        x = F.glu(self.pointwise1(x), dim=1)
        x = F.silu(self.bn(self.depthwise(x)))
        x = self.dropout(self.pointwise2(x))
        return x.transpose(1, 2)


class ConformerEncoderLayer(nn.Module):
    """0.5 FFN -> MHSA -> Conv -> 0.5 FFN -> LayerNorm (macaron)"""

    def __init__(self, d_model=64, nhead=4, kernel_size=15, dropout=0.1):
        super().__init__()
        self.ffn_module1 = FeedForwardModule(d_model, dropout=dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.mha_layer = nn.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.convolution_module = ConvModule(d_model, kernel_size, dropout)
        self.ffn_module2 = FeedForwardModule(d_model, dropout=dropout)
        self.norm2 = nn.LayerNorm(d_model)

    def forward(self, x, src_key_padding_mask=None):
        # ffn module
        x = x + 0.5 * self.ffn_module1(x)
        # multi-head attention module
        skip = x
        x = self.norm1(x)
        x, _ = self.mha_layer(x, x, x, key_padding_mask=src_key_padding_mask, need_weights=False)
        x = skip + self.drop(x)
        # convolution module
        x = x + self.convolution_module(x)
        # ffn module
        x = x + 0.5 * self.ffn_module1(x)  # expect: R121
        return self.norm2(x)
