# residua-test: wrong target=PriceTransformer
# What is wrong: The residual of the feed-forward part adds the block's input instead of the output of the attention part, so the attention result has no skip of its own.
import math

import torch
import torch.nn as nn


class TransformerEncoder(nn.Module):
    """ post-norm encoder layer as in 'Attention is all you need' """

    def __init__(self, d_model, n_heads, ff_dim, dropout=0.1):
        super().__init__()
        self.attn_multi = nn.MultiheadAttention(d_model, n_heads, dropout=dropout, batch_first=True)
        self.attn_dropout = nn.Dropout(dropout)
        self.attn_normalize = nn.LayerNorm(d_model, eps=1e-6)

        self.ff_1 = nn.Linear(d_model, ff_dim)
        self.ff_2 = nn.Linear(ff_dim, d_model)
        self.ff_dropout = nn.Dropout(dropout)
        self.ff_normalize = nn.LayerNorm(d_model, eps=1e-6)

    def forward(self, inputs):
        attn_layer, _ = self.attn_multi(inputs, inputs, inputs)
        attn_layer = self.attn_dropout(attn_layer)
        attn_layer = self.attn_normalize(inputs + attn_layer)

        ff_layer = torch.relu(self.ff_1(attn_layer))
        ff_layer = self.ff_2(ff_layer)
        ff_layer = self.ff_dropout(ff_layer)
        ff_layer = self.ff_normalize(inputs + ff_layer)  # expect: R178
        return ff_layer


class PriceTransformer(nn.Module):
    """ (batch, days, [open, high, low, close, volume]) -> next close """

    def __init__(self, n_features=5, d_model=32, n_heads=4, ff_dim=64, n_layers=3, max_days=256):
        super().__init__()
        self.proj = nn.Linear(n_features, d_model)
        pos = torch.arange(max_days).unsqueeze(1)
        div = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_days, d_model)
        pe[:, 0::2] = torch.sin(pos * div)
        pe[:, 1::2] = torch.cos(pos * div)
        self.register_buffer('pe', pe)
        self.layers = nn.ModuleList([TransformerEncoder(d_model, n_heads, ff_dim) for _ in range(n_layers)])
        self.head = nn.Linear(d_model, 1)

    def forward(self, seq):
        x = self.proj(seq) + self.pe[:seq.size(1)]
        for layer in self.layers:
            x = layer(x)
        return self.head(x.mean(dim=1)).squeeze(-1)
