# residua-test: wrong target=Tagger
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, width, rate=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.over_time = nn.GRU(width, width, batch_first=True, bidirectional=True)  # expect: R154
        self.dropout = nn.Dropout(rate)

    def forward(self, x):
        h, _ = self.over_time(self.norm(x))
        return x + self.dropout(h)


class Tagger(nn.Module):
    def __init__(self, words=500, width=48, layers=2, tags=9):
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.layers = nn.Sequential(*[Layer(width) for _ in range(layers)])
        self.head = nn.Linear(width, tags)

    def forward(self, ids: torch.Tensor):
        return self.head(self.layers(self.words(ids)))
