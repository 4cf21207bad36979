# residua-test: wrong target=TransformerEncoderLayer args=embed_dim=64,attention_heads=4
# What is wrong: attn_mask is converted to additive form but never handed to the self-attention, so the mask has no effect
from typing import Optional

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


class TransformerEncoderLayer(nn.Module):
    """Encoder layer of the NMT model; input and output are `(seq_len, batch, embed_dim)`."""

    def __init__(self, embed_dim: int, attention_heads: int, ffn_embed_dim: int = 256, dropout: float = 0.1,
                 attention_dropout: float = 0.0, normalize_before: bool = False):
        super().__init__()
        self.embed_dim = embed_dim
        self.self_attn = nn.MultiheadAttention(embed_dim, attention_heads, dropout=attention_dropout)
        self.self_attn_layer_norm = nn.LayerNorm(embed_dim)
        self.dropout = dropout
        self.normalize_before = normalize_before
        self.fc1 = nn.Linear(embed_dim, ffn_embed_dim)
        self.fc2 = nn.Linear(ffn_embed_dim, embed_dim)
        self.final_layer_norm = nn.LayerNorm(embed_dim)

    def forward(self, x: Tensor, encoder_padding_mask: Optional[Tensor] = None,
                attn_mask: Optional[Tensor] = None) -> Tensor:  # expect
        """
        Args:
            encoder_padding_mask (ByteTensor): `(batch, seq_len)`, non-zero at padding.
            attn_mask (ByteTensor): `(tgt_len, src_len)`; position j is hidden from i where `attn_mask[i, j]` is 1,
                e.g. for strictly monotonic attention.
        """
        residual = x
        if self.normalize_before:
            x = self.self_attn_layer_norm(x)
        if attn_mask is not None:
            attn_mask = torch.zeros_like(attn_mask, dtype=x.dtype).masked_fill(attn_mask.bool(), -1e8)  # expect: R189
        x, _ = self.self_attn(query=x, key=x, value=x, key_padding_mask=encoder_padding_mask)  # expect
        x = F.dropout(x, p=self.dropout, training=self.training)
        x = residual + x
        if not self.normalize_before:
            x = self.self_attn_layer_norm(x)

        residual = x
        if self.normalize_before:
            x = self.final_layer_norm(x)
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        x = F.dropout(x, p=self.dropout, training=self.training)
        x = residual + x
        if not self.normalize_before:
            x = self.final_layer_norm(x)
        return x
