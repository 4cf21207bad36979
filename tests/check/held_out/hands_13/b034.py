# residua-test: wrong target=MiniTransformer
# What is wrong: The attention output overwrites x, so the 'residual' sum is x + x and the skip around the attention is lost.
import torch
from torch import nn, Tensor


class FeedForward(nn.Module):
    def __init__(self, dim: int, mult: int = 4, dropout: float = 0.0):
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(dim),
            nn.Linear(dim, dim * mult),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(dim * mult, dim),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class MiniTransformer(nn.Module):
    """
    Decoder trunk. Takes embedded tokens (b, n, dim), returns the same shape.

    Args:
        dim: model width
        heads: attention heads
        depth: how many attention + feed forward layers
    """

    def __init__(self, dim: int = 64, heads: int = 4, depth: int = 3, ff_mult: int = 4):
        super().__init__()
        self.layers = nn.ModuleList([])
        self.norms = nn.ModuleList([])
        self.ffn_layers = nn.ModuleList([])

        for _ in range(depth):
            self.layers.append(nn.MultiheadAttention(dim, heads, batch_first=True))
            self.norms.append(nn.LayerNorm(dim))
            self.ffn_layers.append(FeedForward(dim, ff_mult))

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[1]
        causal = torch.ones(n, n, dtype=torch.bool, device=x.device).triu(1)
        for attn, norm, ffn in zip(self.layers, self.norms, self.ffn_layers):
            x, _ = attn(x, x, x, attn_mask=causal, need_weights=False)
            x = norm(x + x)  # expect: R104  # expect: R204
            x = ffn(x) + x
        return x
