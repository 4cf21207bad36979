# residua-test: wrong target=PostNormDecoderLayer
# What is wrong: After the feed-forward the layer uses norm2 again; norm3 is never used, and the two sums share one norm.
from typing import Optional

import torch
from torch import nn, Tensor


class PostNormDecoderLayer(nn.Module):
    def __init__(self, dims: int = 32, num_heads: int = 4, mlp_dims: int = 64, dropout: float = 0.0):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(dims, num_heads, batch_first=True)
        self.cross_attn = nn.MultiheadAttention(dims, num_heads, batch_first=True)
        self.linear1 = nn.Linear(dims, mlp_dims)
        self.linear2 = nn.Linear(mlp_dims, dims)
        self.norm1 = nn.LayerNorm(dims)
        self.norm2 = nn.LayerNorm(dims)
        self.norm3 = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor, x_mask: Optional[Tensor] = None,
                memory_mask: Optional[Tensor] = None) -> Tensor:
        y = self.self_attn(x, x, x, attn_mask=x_mask, need_weights=False)[0]
        x = self.norm1(x + self.dropout(y))
        y = self.cross_attn(x, memory, memory, attn_mask=memory_mask, need_weights=False)[0]
        x = self.norm2(x + self.dropout(y))
        y = self.linear2(torch.relu(self.linear1(x)))
        x = self.norm2(x + self.dropout(y))  # expect: R121
        return x
