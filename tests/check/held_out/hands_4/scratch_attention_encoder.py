# residua-test: wrong target=TransformerEncoderBlock
# What is wrong: The heads are merged with reshape without swapping the head and sequence axes back, so values of different tokens are mixed
import torch
from torch import nn
from torch.nn.functional import softmax


class MultiHeadAttention(nn.Module):
    def __init__(self, hidden_dim: int, num_heads: int):
        super().__init__()
        assert hidden_dim % num_heads == 0
        self.num_heads = num_heads
        self.qkv_dim = hidden_dim // num_heads
        self.qkv_proj = nn.Linear(hidden_dim, 3 * num_heads * self.qkv_dim, bias=False)
        self.o_proj = nn.Linear(num_heads * self.qkv_dim, hidden_dim, bias=False)

    def forward(self, x, src_padding_mask=None):
        batch_size, sequence_length, hidden_dim = x.size()
        qkv = self.qkv_proj(x)
        qkv = qkv.reshape(batch_size, sequence_length, self.num_heads, 3 * self.qkv_dim)
        q, k, v = qkv.permute(0, 2, 1, 3).chunk(3, dim=-1)      # (b, heads, seq, dim)
        scores = torch.matmul(q, k.transpose(-2, -1)) / self.qkv_dim ** 0.5
        if src_padding_mask is not None:
            scores = scores.masked_fill(src_padding_mask[:, None, None, :] == 0, float("-inf"))
        values = torch.matmul(softmax(scores, dim=-1), v)
        values = values.reshape(batch_size, sequence_length, hidden_dim)  # expect: R164
        return self.o_proj(values)


class TransformerEncoderBlock(nn.Module):
    def __init__(self, hidden_dim: int, ff_dim: int, num_heads: int, dropout_p: float = 0.1):
        super().__init__()
        self.self_mha = MultiHeadAttention(hidden_dim, num_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(hidden_dim, ff_dim), nn.ReLU(), nn.Linear(ff_dim, hidden_dim))
        self.dropout1 = nn.Dropout(p=dropout_p)
        self.dropout2 = nn.Dropout(p=dropout_p)
        self.layer_norm1 = nn.LayerNorm(hidden_dim)
        self.layer_norm2 = nn.LayerNorm(hidden_dim)

    def forward(self, x: torch.FloatTensor, src_padding_mask: torch.BoolTensor = None):
        output = self.dropout1(self.self_mha(x, src_padding_mask))
        x = self.layer_norm1(x + output)
        output = self.dropout2(self.feed_forward(x))
        x = self.layer_norm2(x + output)
        return x
