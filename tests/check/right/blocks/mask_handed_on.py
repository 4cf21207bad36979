# residua-test: right target=Layer
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x, mask=None):
        if mask is not None:
            mask = mask.to(x.dtype) * -1e9
        y = self.norm(x)
        return x + self.attn(y, y, y, attn_mask=mask, need_weights=False)[0]
