# residua-test: wrong target=Tagger right=networks/stack_of_layers
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocabulary=50, width=32, layers=3, tags=9):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(nn.LSTM(width, width, batch_first=True) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        self.head = nn.Linear(width, tags)

    def forward(self, words):
        embedded = self.embedding(words)
        states = embedded
        for layer, norm in zip(self.layers, self.norms):
            states = norm(states + layer(embedded)[0])  # expect: R231
        return self.head(states)
