# residua-test: right target=Decoder
import torch
import torch.nn as nn
from torch.nn.modules.transformer import _get_clones


def clones(module, N):
    "Produce N identical layers."
    return _get_clones(module, N)  # deep copies


def subsequent_mask(size, device=None):
    "True where attention is not allowed (the future)."
    return torch.triu(torch.ones(size, size, dtype=torch.bool, device=device), diagonal=1)


class SublayerConnection(nn.Module):
    def __init__(self, size, dropout):
        super(SublayerConnection, self).__init__()
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, sublayer):
        return x + self.dropout(sublayer(self.norm(x)))


class DecoderLayer(nn.Module):
    def __init__(self, size, h, d_ff, dropout):
        super(DecoderLayer, self).__init__()
        self.self_attn = nn.MultiheadAttention(size, h, batch_first=True)
        self.src_attn = nn.MultiheadAttention(size, h, batch_first=True)
        self.feed_forward = nn.Sequential(nn.Linear(size, d_ff), nn.ReLU(), nn.Linear(d_ff, size))
        self.sublayer = clones(SublayerConnection(size, dropout), 3)

    def forward(self, x, memory, tgt_mask):
        m = memory
        x = self.sublayer[0](x, lambda q: self.self_attn(q, q, q, attn_mask=tgt_mask, need_weights=False)[0])
        x = self.sublayer[1](x, lambda q: self.src_attn(q, m, m, need_weights=False)[0])
        return self.sublayer[2](x, self.feed_forward)


class Decoder(nn.Module):
    "Generic N layer decoder with masking."

    def __init__(self, size, h=4, d_ff=64, N=3, dropout=0.1):
        super(Decoder, self).__init__()
        self.layers = clones(DecoderLayer(size, h, d_ff, dropout), N)
        self.norm = nn.LayerNorm(size)
        # Glorot / fan_avg, also makes the copies different
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, x, memory):
        mask = subsequent_mask(x.size(1), x.device)
        for layer in self.layers:
            x = layer(x, memory, mask)
        return self.norm(x)
