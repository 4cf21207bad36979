# residua-test: wrong target=DecoderLayer
# What is wrong: x is overwritten with the attention output before the residual sum, so attention and MLP results are added to themselves and the layer input is lost
from typing import Optional

import torch
from torch import nn, Tensor


class SelfAttention(nn.Module):
    def __init__(self, d_model: int, n_head: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(d_model, n_head, batch_first=True)

    def forward(self, x: Tensor, attn_mask: Optional[Tensor] = None) -> Tensor:
        y, _ = self.attn(x, x, x, attn_mask=attn_mask, need_weights=False)
        return y


class DecoderLayer(nn.Module):
    """Pre-norm decoder layer of a multimodal (text/video/audio) GPT.

    Args:
        d_model: size of the hidden states.
        n_head: attention heads.
        dropout: applied to the output of every sub-layer.
    """

    def __init__(self, d_model: int = 768, n_head: int = 8, dropout: float = 0.2) -> None:
        super().__init__()
        self.norm_attn = nn.LayerNorm(d_model)
        self.norm_mlp = nn.LayerNorm(d_model)
        self.dropout_attn = nn.Dropout(dropout)
        self.dropout_mlp = nn.Dropout(dropout)
        self.attention = SelfAttention(d_model, n_head)
        self.mlp = nn.Sequential(
            nn.Linear(d_model, 4 * d_model),
            nn.GELU(),
            nn.Linear(4 * d_model, d_model),
        )

    def forward(self, x: Tensor, attn_mask: Optional[Tensor] = None) -> Tensor:
        x = self.attention(self.norm_attn(x), attn_mask)  # expect
        x = x + self.dropout_attn(x)  # expect: R104
        x = self.mlp(self.norm_mlp(x))  # expect
        x = x + self.dropout_mlp(x)  # expect: R104
        return x
