# residua-test: wrong target=EncoderBlock
# What is wrong: MultiheadAttention is built without batch_first=True although the input is (batch, seq, dim), so attention mixes the samples of the batch.
import torch
import torch.nn as nn


class EncoderBlock(nn.Module):
    """Pre-LN encoder layer. x: (batch, tokens, dim)"""

    def __init__(self, dim=32, heads=4, mlp_ratio=2.0, p=0.0):
        super().__init__()
        hidden = int(dim * mlp_ratio)
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, dropout=p)  # expect: R210
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(p), nn.Linear(hidden, dim), nn.Dropout(p)
        )

    def forward(self, x):
        b, n, d = x.shape
        h = self.norm1(x)
        a, _ = self.attn(h, h, h, need_weights=False)
        x = x + a
        x = x + self.mlp(self.norm2(x))
        return x
