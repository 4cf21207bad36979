# residua-test: wrong target=BitTransformer
# What is wrong: the attention output overwrites x, so `x = x + x` doubles the branch and the skip over attention is lost
import torch
from torch import nn, Tensor


def feed_forward(dim: int, mult: int = 4) -> nn.Module:
    return nn.Sequential(
        nn.Linear(dim, dim * mult),
        nn.SiLU(),
        nn.Linear(dim * mult, dim),
    )


class BitTransformer(nn.Module):
    """
    Stack of (attention, feed forward) pairs, both residual.

    Args:
        dim (int): embedding size
        heads (int): attention heads
        depth (int): number of pairs
    """

    def __init__(self, dim: int, heads: int, depth: int, ff_mult: int = 4):
        super().__init__()
        self.layers = nn.ModuleList([])
        self.ffn_layers = nn.ModuleList([])
        self.norms = nn.ModuleList([])
        for _ in range(depth):
            self.layers.append(nn.MultiheadAttention(dim, heads, batch_first=True))
            self.ffn_layers.append(feed_forward(dim, ff_mult))
            self.norms.append(nn.ModuleList([nn.LayerNorm(dim), nn.LayerNorm(dim)]))
        self.final_norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        for attn, ffn, (n1, n2) in zip(self.layers, self.ffn_layers, self.norms):
            h = n1(x)
            x, _ = attn(h, h, h, need_weights=False)  # expect: R204
            x = x + x  # expect: R104
            x = ffn(n2(x)) + x
        return self.final_norm(x)
