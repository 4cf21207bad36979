# residua-test: wrong target=AdaBlock right=blocks/modulated_from_one
from torch import nn


class AdaBlock(nn.Module):
    """What makes scale, shift and gate starts at zero, so that the block starts as the identity."""

    def __init__(self, width=32):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width, bias=False), nn.GELU(), nn.Linear(4 * width, width, bias=False))
        self.modulation = nn.Linear(width, 3 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, tokens, cond):
        scale, shift, gate = self.modulation(nn.functional.silu(cond))[:, None].chunk(3, dim=-1)
        y = self.norm(tokens) * scale + shift  # expect: R172
        return tokens + gate * self.mlp(y)
