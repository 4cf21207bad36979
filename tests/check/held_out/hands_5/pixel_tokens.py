# residua-test: wrong target=PixelTransformer
# What is wrong: A (B, C, H, W) map is turned into tokens by view(b, h*w, c), which scrambles channels and positions; it needs flatten(2).transpose(1, 2)
import torch
import torch.nn as nn


class PixelTransformer(nn.Module):
    """Transformer block on a feature map: every pixel is one token of C features."""

    def __init__(self, dim=64, heads=4, mlp_ratio=2):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, dim * mlp_ratio), nn.GELU(), nn.Linear(dim * mlp_ratio, dim))

    def forward(self, x):
        b, c, h, w = x.shape
        tokens = x.view(b, h * w, c)  # expect: R164
        y = self.norm1(tokens)
        tokens = tokens + self.attn(y, y, y, need_weights=False)[0]
        tokens = tokens + self.mlp(self.norm2(tokens))
        return tokens.view(b, c, h, w)  # expect
