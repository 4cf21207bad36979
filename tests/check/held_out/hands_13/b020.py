# residua-test: wrong target=DiffusionTransformerBlock
# What is wrong: The modulation lacks the 1 + scale: with the zero-initialised modulation the branches get an all-zero input and see nothing of x.
import torch
from torch import nn


class AdaLN(nn.Module):
    """LayerNorm without weights of its own, scale and shift come from the condition"""

    def __init__(self, width):
        super().__init__()
        self.ln = nn.LayerNorm(width, elementwise_affine=False)

    def forward(self, tokens, scale, shift):
        return self.ln(tokens) * scale[:, None] + shift[:, None]  # expect: R172


class DiffusionTransformerBlock(nn.Module):
    """DiT block with adaLN-Zero: the layer that makes scale, shift and gate starts at zero,
    so the block starts as the identity.

    tokens: (B, T, width), cond: (B, width) time + label embedding
    """

    def __init__(self, width=64, heads=4):
        super().__init__()
        self.ada_attn = AdaLN(width)
        self.ada_ff = AdaLN(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.cond_layer = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.cond_layer.weight)
        nn.init.zeros_(self.cond_layer.bias)

    def forward(self, tokens, cond):
        sc1, sh1, gate1, sc2, sh2, gate2 = self.cond_layer(nn.functional.silu(cond)).chunk(6, dim=-1)

        h = self.ada_attn(tokens, sc1, sh1)
        h, _ = self.attn(h, h, h, need_weights=False)
        tokens = tokens + gate1[:, None] * h

        h = self.ff(self.ada_ff(tokens, sc2, sh2))
        return tokens + gate2[:, None] * h
