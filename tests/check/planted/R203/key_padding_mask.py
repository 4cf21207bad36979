# residua-test: wrong target=Layer right=blocks/padding_ignored
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x, keep=None):
        y = self.norm(x)
        y, _ = self.attn(y, y, y, key_padding_mask=keep, need_weights=False)  # expect: R203
        return x + y
