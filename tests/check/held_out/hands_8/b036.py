# residua-test: wrong target=WindowBlock
# What is wrong: F.dropout on the attention weights is called without training=self.training, so it stays on in eval mode and evaluation is random
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def window_attention(x: Tensor, qkv: nn.Linear, proj: nn.Linear, window: int, heads: int,
                     dropout: float = 0.0) -> Tensor:
    """x: (B, H, W, C) with H and W multiples of window"""
    B, H, W, C = x.shape
    nh, nw = H // window, W // window
    x = x.view(B, nh, window, nw, window, C).permute(0, 1, 3, 2, 4, 5)
    x = x.reshape(B * nh * nw, window * window, C)
    q, k, v = qkv(x).reshape(x.size(0), x.size(1), 3, heads, C // heads).permute(2, 0, 3, 1, 4)
    q = q * (C // heads) ** -0.5
    attn = q.matmul(k.transpose(-2, -1))
    attn = F.softmax(attn, dim=-1)
    attn = F.dropout(attn, p=dropout)  # expect: R146
    x = attn.matmul(v).transpose(1, 2).reshape(x.size(0), x.size(1), C)
    x = proj(x)
    x = x.view(B, nh, nw, window, window, C).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(B, H, W, C)


class WindowBlock(nn.Module):
    """Non-shifted window block, channels last."""

    def __init__(self, dim: int = 32, num_heads: int = 4, window_size: int = 4,
                 attention_dropout: float = 0.1, mlp_ratio: float = 2.0):
        super().__init__()
        self.num_heads = num_heads
        self.window_size = window_size
        self.attention_dropout = attention_dropout
        self.norm1 = nn.LayerNorm(dim, eps=1e-5)
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim, eps=1e-5)
        hidden = int(dim * mlp_ratio)
        self.mlp = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))

    def forward(self, x: Tensor) -> Tensor:
        x = x + window_attention(self.norm1(x), self.qkv, self.proj, self.window_size, self.num_heads,
                                 dropout=self.attention_dropout)
        x = x + self.mlp(self.norm2(x))
        return x
