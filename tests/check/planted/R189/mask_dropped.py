# residua-test: wrong target=Layer right=blocks/mask_handed_on
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x, mask=None):
        if mask is not None:
            mask = mask.to(x.dtype) * -1e9  # expect: R189
        y = self.norm(x)
        return x + self.attn(y, y, y, need_weights=False)[0]
