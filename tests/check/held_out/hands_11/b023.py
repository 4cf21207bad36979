# residua-test: wrong target=PatchTSTLayer
# What is wrong: BatchNorm1d(d_model) is applied to (batch, tokens, d_model) without transposing: it takes the tokens for channels and fails unless tokens == d_model.
import torch
import torch.nn as nn


class PatchTSTLayer(nn.Module):
    """Encoder layer for time series: BatchNorm instead of LayerNorm (Zerveas et al., 2021).

    src: (batch, patches, d_model)
    """

    def __init__(self, d_model, n_heads, d_ff=256, dropout=0.1, activation=nn.GELU):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, n_heads, dropout=dropout, batch_first=True)
        self.dropout_attn = nn.Dropout(dropout)
        self.norm_attn = nn.BatchNorm1d(d_model)  # expect
        self.ff = nn.Sequential(
            nn.Linear(d_model, d_ff),
            activation(),
            nn.Dropout(dropout),
            nn.Linear(d_ff, d_model),
        )
        self.dropout_ffn = nn.Dropout(dropout)
        self.norm_ffn = nn.BatchNorm1d(d_model)

    def forward(self, src):
        src2, _ = self.self_attn(src, src, src)
        src = src + self.dropout_attn(src2)
        src = self.norm_attn(src)
        src2 = self.ff(src)
        src = src + self.dropout_ffn(src2)
        return self.norm_ffn(src)
