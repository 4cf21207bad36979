# residua-test: right target=TabularResNet
import torch
import torch.nn as nn


class TabularBlock(nn.Module):
    def __init__(self, d, d_hidden, p1, p2):
        super().__init__()
        self.normalization = nn.BatchNorm1d(d)
        self.first = nn.Linear(d, d_hidden)
        self.drop1 = nn.Dropout(p1)
        self.second = nn.Linear(d_hidden, d)
        self.drop2 = nn.Dropout(p2)

    def forward(self, x):
        z = self.normalization(x)
        z = self.drop1(torch.relu(self.first(z)))
        z = self.drop2(self.second(z))
        return x + z


class TabularResNet(nn.Module):
    """ResNet-like model of "Revisiting deep learning models for tabular data"."""

    def __init__(self, n_num=8, cardinalities=(4, 7), d=64, hidden=128, blocks=3, n_out=1):
        super().__init__()
        self.embeddings = nn.ModuleList([nn.Embedding(c, 8) for c in cardinalities])
        self.first = nn.Linear(n_num + 8 * len(cardinalities), d)
        self.blocks = nn.Sequential(*[TabularBlock(d, hidden, 0.2, 0.0) for _ in range(blocks)])
        self.head = nn.Sequential(nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, n_out))

    def forward(self, x_num, x_cat):
        parts = [x_num] + [e(x_cat[:, i]) for i, e in enumerate(self.embeddings)]
        x = self.first(torch.cat(parts, dim=1))
        return self.head(self.blocks(x)).squeeze(-1)
