# residua-test: wrong target=AttentionBlock
import torch.nn as nn


class AttentionBlock(nn.Module):
    def __init__(self, dim=32, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.atn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x):
        y = self.norm(x)
        return x + self.attn(y, y, y)[0]  # expect: R161
