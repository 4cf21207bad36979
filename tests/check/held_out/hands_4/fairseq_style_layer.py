# residua-test: right target=TransformerLayer
from dataclasses import dataclass
from typing import Optional

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


@dataclass
class LayerConfig:
    embed_dim: int = 64
    ffn_dim: int = 256
    heads: int = 4
    dropout: float = 0.1
    activation_dropout: float = 0.0
    normalize_before: bool = True


class TransformerLayer(nn.Module):
    """Encoder layer, input (time, batch, channels) like in fairseq."""

    def __init__(self, cfg: LayerConfig):
        super().__init__()
        self.cfg = cfg
        self.self_attn = nn.MultiheadAttention(cfg.embed_dim, cfg.heads, dropout=cfg.dropout)
        self.self_attn_layer_norm = nn.LayerNorm(cfg.embed_dim)
        self.fc1 = nn.Linear(cfg.embed_dim, cfg.ffn_dim)
        self.fc2 = nn.Linear(cfg.ffn_dim, cfg.embed_dim)
        self.final_layer_norm = nn.LayerNorm(cfg.embed_dim)

    def maybe_norm(self, norm: nn.Module, x: Tensor, before: bool) -> Tensor:
        return norm(x) if before == self.cfg.normalize_before else x

    def dropout(self, x: Tensor, p: float) -> Tensor:
        return F.dropout(x, p=p, training=self.training)

    def forward(self, x: Tensor, encoder_padding_mask: Optional[Tensor] = None) -> Tensor:
        residual = x
        x = self.maybe_norm(self.self_attn_layer_norm, x, before=True)
        x, _ = self.self_attn(x, x, x, key_padding_mask=encoder_padding_mask, need_weights=False)
        x = self.dropout(x, self.cfg.dropout)
        x = residual + x
        x = self.maybe_norm(self.self_attn_layer_norm, x, before=False)

        residual = x
        x = self.maybe_norm(self.final_layer_norm, x, before=True)
        x = self.dropout(F.relu(self.fc1(x)), self.cfg.activation_dropout)
        x = self.dropout(self.fc2(x), self.cfg.dropout)
        x = residual + x
        x = self.maybe_norm(self.final_layer_norm, x, before=False)
        return x
