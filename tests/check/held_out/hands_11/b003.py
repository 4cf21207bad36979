# residua-test: wrong target=HybridEncoder
# What is wrong: the tokens are laid out (batch, tokens, dim) but MultiheadAttention is built without batch_first=True: it attends over the batch.
import torch
import torch.nn as nn


class EncoderLayer(nn.Module):
    def __init__(self, d_model, nhead, dim_feedforward=128, dropout=0.1, act="gelu", normalize_before=False):
        super().__init__()
        self.normalize_before = normalize_before
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout)  # expect: R210
        self.linear1 = nn.Linear(d_model, dim_feedforward)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout1 = nn.Dropout(dropout)
        self.dropout2 = nn.Dropout(dropout)
        self.activation = {"gelu": nn.GELU(), "relu": nn.ReLU()}[act]

    def forward(self, src, pos_embed=None):
        residual = src
        if self.normalize_before:
            src = self.norm1(src)
        q = k = src if pos_embed is None else src + pos_embed
        src, _ = self.self_attn(q, k, value=src)
        src = residual + self.dropout1(src)
        if not self.normalize_before:
            src = self.norm1(src)

        residual = src
        if self.normalize_before:
            src = self.norm2(src)
        src = self.linear2(self.dropout(self.activation(self.linear1(src))))
        src = residual + self.dropout2(src)
        if not self.normalize_before:
            src = self.norm2(src)
        return src


class HybridEncoder(nn.Module):
    """One transformer layer on the last CNN feature map."""

    def __init__(self, d_model=32, nhead=4, size=5):
        super().__init__()
        self.pos = nn.Parameter(torch.zeros(1, size * size, d_model))
        self.layer = EncoderLayer(d_model, nhead)

    def forward(self, src):
        b, c, h, w = src.shape
        tokens = src.flatten(2).permute(0, 2, 1)
        tokens = self.layer(tokens, pos_embed=self.pos)
        return tokens.permute(0, 2, 1).reshape(b, c, h, w)
