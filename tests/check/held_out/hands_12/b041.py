# residua-test: right target=AlbertLikeEncoder
from dataclasses import dataclass

import torch
import torch.nn as nn


@dataclass
class AlbertLikeConfig:
    vocab_size: int = 100
    embedding_size: int = 16
    hidden_size: int = 48
    num_attention_heads: int = 4
    intermediate_size: int = 96
    num_hidden_layers: int = 6
    max_position_embeddings: int = 64
    hidden_dropout_prob: float = 0.1
    pad_token_id: int = 0


class AlbertLikeLayer(nn.Module):
    def __init__(self, cfg: AlbertLikeConfig):
        super().__init__()
        self.attention = nn.MultiheadAttention(cfg.hidden_size, cfg.num_attention_heads, batch_first=True)
        self.attention_norm = nn.LayerNorm(cfg.hidden_size)
        self.ffn = nn.Linear(cfg.hidden_size, cfg.intermediate_size)
        self.ffn_output = nn.Linear(cfg.intermediate_size, cfg.hidden_size)
        self.output_norm = nn.LayerNorm(cfg.hidden_size)
        self.dropout = nn.Dropout(cfg.hidden_dropout_prob)

    def forward(self, hidden_states, key_padding_mask=None):
        attn, _ = self.attention(hidden_states, hidden_states, hidden_states,
                                 key_padding_mask=key_padding_mask, need_weights=False)
        hidden_states = self.attention_norm(hidden_states + self.dropout(attn))
        ffn = self.ffn_output(nn.functional.gelu(self.ffn(hidden_states)))
        return self.output_norm(hidden_states + self.dropout(ffn))


class AlbertLikeEncoder(nn.Module):
    """
    Parameters are shared across the layers (ALBERT): a single layer object,
    applied `num_hidden_layers` times.
    """

    def __init__(self, cfg: AlbertLikeConfig):
        super().__init__()
        self.cfg = cfg
        self.word = nn.Embedding(cfg.vocab_size, cfg.embedding_size, padding_idx=cfg.pad_token_id)
        self.position = nn.Embedding(cfg.max_position_embeddings, cfg.embedding_size)
        self.norm = nn.LayerNorm(cfg.embedding_size)
        self.up = nn.Linear(cfg.embedding_size, cfg.hidden_size)
        self.shared_layer = AlbertLikeLayer(cfg)

    def forward(self, input_ids):
        pad = input_ids == self.cfg.pad_token_id
        pos = torch.arange(input_ids.size(1), device=input_ids.device)
        h = self.up(self.norm(self.word(input_ids) + self.position(pos)))
        for _ in range(self.cfg.num_hidden_layers):
            h = self.shared_layer(h, pad)
        return h
