# residua-test: wrong target=SpatialTransformerLayer
# What is wrong: MultiheadAttention without batch_first gets (b, hw, c): it attends over the batch instead of the positions.
import torch
from torch import nn


class SpatialTransformerLayer(nn.Module):
    """
    Flattens the image features into tokens, self attention over all the positions, feed forward,
    and gives the map back.
    """

    def __init__(self, c=64, num_heads=4):
        super().__init__()
        self.ln1 = nn.LayerNorm(c)
        self.ma = nn.MultiheadAttention(embed_dim=c, num_heads=num_heads)  # expect: R210
        self.ff = nn.Sequential(
            nn.LayerNorm(c),
            nn.Linear(c, 2 * c),
            nn.GELU(),
            nn.Linear(2 * c, c),
        )

    def forward(self, x):
        b, c, h, w = x.shape
        tokens = x.flatten(2).transpose(1, 2)     # b, hw, c
        q = self.ln1(tokens)
        attn_out, _ = self.ma(q, q, q)
        tokens = tokens + attn_out
        tokens = tokens + self.ff(tokens)
        return tokens.transpose(1, 2).reshape(b, c, h, w)
