# residua-test: wrong target=ReZeroLayer
# What is wrong: The ReZero gate is a plain tensor, not an nn.Parameter: it stays 0 for ever, the layer is always the identity.
import torch
import torch.nn as nn


class ReZeroLayer(nn.Module):
    r"""x_{i+1} = x_i + alpha_i * F(x_i), alpha_i learned, zero at start. (N, S, E)"""

    def __init__(self, d_model: int = 48, nhead: int = 4, dim_ff: int = 96, dropout: float = 0.0):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(d_model, dim_ff), nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim_ff, d_model))
        self.drop = nn.Dropout(dropout)
        self.resweight = torch.zeros(1)  # expect: R171

    def forward(self, src, src_mask=None):
        y, _ = self.self_attn(src, src, src, attn_mask=src_mask, need_weights=False)
        src = src + self.drop(y) * self.resweight
        src = src + self.drop(self.ff(src)) * self.resweight
        return src
