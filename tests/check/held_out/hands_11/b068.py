# residua-test: right target=AlbertEncoder
import torch
import torch.nn as nn


class AlbertLayer(nn.Module):
    def __init__(self, hidden, heads, intermediate):
        super().__init__()
        self.attention = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.attention_norm = nn.LayerNorm(hidden)
        self.ffn = nn.Linear(hidden, intermediate)
        self.ffn_output = nn.Linear(intermediate, hidden)
        self.full_layer_layer_norm = nn.LayerNorm(hidden)

    def forward(self, hidden_states):
        attn, _ = self.attention(hidden_states, hidden_states, hidden_states, need_weights=False)
        attn = self.attention_norm(hidden_states + attn)
        ffn = self.ffn_output(nn.functional.gelu(self.ffn(attn)))
        return self.full_layer_layer_norm(ffn + attn)


class AlbertEncoder(nn.Module):
    """
    All layers share their parameters (num_hidden_groups = 1), that is the point of ALBERT:
    the parameter count does not depend on num_layers.
    """

    def __init__(self, vocab_size, hidden, embedding_size=8, heads=4, num_layers=4, max_pos=64):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, embedding_size)
        self.position_embeddings = nn.Embedding(max_pos, embedding_size)
        self.embedding_norm = nn.LayerNorm(embedding_size)
        self.embedding_hidden_mapping_in = nn.Linear(embedding_size, hidden)
        self.num_layers = num_layers
        self.albert_layer = AlbertLayer(hidden, heads, 4 * hidden)
        self.pooler = nn.Linear(hidden, hidden)

    def forward(self, input_ids):
        pos = torch.arange(input_ids.shape[1], device=input_ids.device)
        e = self.word_embeddings(input_ids) + self.position_embeddings(pos)
        h = self.embedding_hidden_mapping_in(self.embedding_norm(e))
        for _ in range(self.num_layers):
            h = self.albert_layer(h)
        return h, torch.tanh(self.pooler(h[:, 0]))
