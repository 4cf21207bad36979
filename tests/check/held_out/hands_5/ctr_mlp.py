# residua-test: wrong target=ResidualTower
# What is wrong: F.dropout is called without training=self.training, so dropout stays on after eval()
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualLayer(nn.Module):
    def __init__(self, width, p):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width * 2)
        self.fc2 = nn.Linear(width * 2, width)
        self.p = p

    def forward(self, x):
        h = F.relu(self.fc1(self.norm(x)))
        h = F.dropout(h, p=self.p)  # expect: R146
        return x + self.fc2(h)


class ResidualTower(nn.Module):
    """Click-through-rate tower over concatenated field embeddings."""

    def __init__(self, fields=10, vocab=1000, embed=8, width=64, depth=3, p=0.2):
        super().__init__()
        self.embedding = nn.Embedding(vocab * fields, embed)
        self.register_buffer('offsets', torch.arange(fields) * vocab)
        self.inp = nn.Linear(fields * embed, width)
        self.layers = nn.ModuleList([ResidualLayer(width, p) for _ in range(depth)])
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        x = self.embedding(x + self.offsets).flatten(1)
        x = self.inp(x)
        for layer in self.layers:
            x = layer(x)
        return torch.sigmoid(self.out(x).squeeze(1))
