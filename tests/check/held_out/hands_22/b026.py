# residua-test: wrong target=DeepGCN
# What is wrong: List multiplication puts the same layer object into the ModuleList n times, so all "layers" share one set of weights and BatchNorm statistics.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNLayer(nn.Module):
    def __init__(self, dim, dropout):
        super().__init__()
        self.weight = nn.Linear(dim, dim, bias=False)
        self.bn = nn.BatchNorm1d(dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, h, adj):
        out = adj @ self.weight(h)
        out = F.relu(self.bn(out))
        return h + self.dropout(out)


class DeepGCN(nn.Module):
    """Node classification with a deep residual GCN. x: (N, in_dim), adj: dense (N, N), 0/1."""

    def __init__(self, in_dim=16, hidden=32, num_layers=8, num_classes=7, dropout=0.2):
        super().__init__()
        self.encode = nn.Linear(in_dim, hidden)
        self.layers = nn.ModuleList([GCNLayer(hidden, dropout)] * num_layers)  # expect: R122
        self.decode = nn.Linear(hidden, num_classes)

    @staticmethod
    def normalize(adj):
        adj = adj + torch.eye(adj.size(0), device=adj.device)
        d = adj.sum(1).rsqrt()
        return d[:, None] * adj * d[None, :]

    def forward(self, x, adj):
        adj = self.normalize(adj)
        h = F.relu(self.encode(x))
        for layer in self.layers:
            h = layer(h, adj)
        return self.decode(h)
