# residua-test: right target=AlbertEncoder
from dataclasses import dataclass
from typing import Optional

import torch
from torch import nn


@dataclass
class AlbertConfig:
    vocab_size: int = 1000
    embedding_size: int = 32
    hidden_size: int = 64
    num_layers: int = 6
    num_heads: int = 4
    intermediate_size: int = 128
    max_position: int = 128
    dropout: float = 0.0


class AlbertLayer(nn.Module):
    def __init__(self, cfg: AlbertConfig):
        super().__init__()
        self.attention = nn.MultiheadAttention(cfg.hidden_size, cfg.num_heads, dropout=cfg.dropout, batch_first=True)
        self.attention_norm = nn.LayerNorm(cfg.hidden_size, eps=1e-12)
        self.ffn = nn.Linear(cfg.hidden_size, cfg.intermediate_size)
        self.ffn_output = nn.Linear(cfg.intermediate_size, cfg.hidden_size)
        self.full_layer_norm = nn.LayerNorm(cfg.hidden_size, eps=1e-12)
        self.dropout = nn.Dropout(cfg.dropout)

    def forward(self, x, pad_mask=None):
        a, _ = self.attention(x, x, x, key_padding_mask=pad_mask, need_weights=False)
        x = self.attention_norm(x + self.dropout(a))
        h = self.ffn_output(nn.functional.gelu(self.ffn(x)))
        return self.full_layer_norm(x + self.dropout(h))


class AlbertEncoder(nn.Module):
    def __init__(self, cfg: AlbertConfig = AlbertConfig()):
        super().__init__()
        self.cfg = cfg
        self.tok = nn.Embedding(cfg.vocab_size, cfg.embedding_size)
        self.pos = nn.Embedding(cfg.max_position, cfg.embedding_size)
        self.norm = nn.LayerNorm(cfg.embedding_size, eps=1e-12)
        self.mapping_in = nn.Linear(cfg.embedding_size, cfg.hidden_size)
        # cross-layer parameter sharing: the same layer for every step of the loop in forward
        self.shared_layer = AlbertLayer(cfg)

    def forward(self, input_ids: torch.Tensor, attention_mask: Optional[torch.Tensor] = None) -> torch.Tensor:
        """input_ids (B, T); attention_mask (B, T) with 1 for tokens and 0 for padding."""
        positions = torch.arange(input_ids.size(1), device=input_ids.device)
        x = self.mapping_in(self.norm(self.tok(input_ids) + self.pos(positions)))
        pad_mask = None if attention_mask is None else attention_mask == 0
        for _ in range(self.cfg.num_layers):
            x = self.shared_layer(x, pad_mask)
        return x
