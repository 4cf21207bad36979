# residua-test: wrong target=Transformer
# What is wrong: `x = x + x` after the attention overwrote x: the attention output is doubled and its input is never added
import torch
from torch import nn, Tensor
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, dim: int, heads: int):
        super().__init__()
        assert dim % heads == 0
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, dim * 3, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)

    def forward(self, x: Tensor, is_causal: bool = False):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (t.view(b, n, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        o = F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
        o = o.transpose(1, 2).reshape(b, n, d)
        return self.out(o), None


class FeedForward(nn.Module):
    def __init__(self, dim: int, mult: int = 4):
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(dim),
            nn.Linear(dim, dim * mult),
            nn.GELU(),
            nn.Linear(dim * mult, dim),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class Transformer(nn.Module):
    """Decoder stack, input and output are [batch, tokens, dim]."""

    def __init__(self, dim: int, heads: int, depth: int, ff_mult: int = 4):
        super().__init__()
        self.layers = nn.ModuleList([])
        self.ffn_layers = nn.ModuleList([])
        for _ in range(depth):
            self.layers.append(Attention(dim, heads))
            self.ffn_layers.append(FeedForward(dim, ff_mult))

    def forward(self, x: Tensor) -> Tensor:
        for attn, ffn in zip(self.layers, self.ffn_layers):
            x, _ = attn(x, is_causal=True)  # expect: R204
            x = x + x  # expect: R104
            x = ffn(x) + x
        return x
