# residua-test: wrong target=Decoder right=networks/sees_itself
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, longest):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        hidden = torch.triu(torch.ones(longest, longest)).bool()  # expect: R232
        self.register_buffer("hidden", hidden)

    def forward(self, x):
        length, width = x.shape[1:]
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        scores = q @ k.transpose(1, 2) / width**0.5
        scores = scores.masked_fill(self.hidden[:length, :length], float("-inf"))
        return self.out(scores.softmax(-1) @ v)


class Decoder(nn.Module):
    def __init__(self, vocabulary=50, width=32, longest=64):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, longest)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.head = nn.Linear(width, vocabulary)

    def forward(self, words):
        x = self.embedding(words)
        x = x + self.attention(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x)
