# residua-test: right target=AlbertEncoder
# Why it is right: ALBERT shares one post-norm layer across the whole depth on purpose; the loop calls the same module.
import torch
import torch.nn as nn


class AlbertLayer(nn.Module):
    def __init__(self, hidden, heads, inner, dropout):
        super().__init__()
        self.attention = nn.MultiheadAttention(hidden, heads, dropout=dropout, batch_first=True)
        self.attn_norm = nn.LayerNorm(hidden)
        self.ffn = nn.Linear(hidden, inner)
        self.ffn_output = nn.Linear(inner, hidden)
        self.full_layer_norm = nn.LayerNorm(hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden_states, key_padding_mask=None):
        ctx, _ = self.attention(hidden_states, hidden_states, hidden_states, key_padding_mask=key_padding_mask)
        attn = self.attn_norm(hidden_states + self.dropout(ctx))
        ff = self.ffn_output(nn.functional.gelu(self.ffn(attn)))
        return self.full_layer_norm(attn + self.dropout(ff))


class AlbertEncoder(nn.Module):
    """Cross-layer parameter sharing: num_hidden_layers passes through one layer."""

    def __init__(self, vocab_size=200, embedding_size=16, hidden_size=32, num_hidden_layers=4):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, embedding_size)
        self.position_embeddings = nn.Embedding(128, embedding_size)
        self.embedding_hidden_mapping_in = nn.Linear(embedding_size, hidden_size)
        self.num_hidden_layers = num_hidden_layers
        self.shared_layer = AlbertLayer(hidden_size, 4, 64, 0.1)

    def forward(self, input_ids):
        pos = torch.arange(input_ids.size(1), device=input_ids.device)
        h = self.word_embeddings(input_ids) + self.position_embeddings(pos)
        h = self.embedding_hidden_mapping_in(h)
        for _ in range(self.num_hidden_layers):
            h = self.shared_layer(h)
        return h
