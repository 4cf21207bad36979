# residua-test: right target=GCNII
# Why it is right: GCNII mixes every layer with the first layer's output (initial residual) and the identity mapping (1 - beta) h + beta W h; both mixtures are as published.
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNIILayer(nn.Module):
    def __init__(self, dim, alpha, beta):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.weight = nn.Linear(dim, dim, bias=False)

    def forward(self, h, h0, adj):
        s = (1 - self.alpha) * (adj @ h) + self.alpha * h0
        return (1 - self.beta) * s + self.beta * self.weight(s)


class GCNII(nn.Module):
    """Node classification; x: (nodes, in_features), adj: normalised (nodes, nodes)."""

    def __init__(self, in_features=16, hidden=32, num_classes=5, num_layers=8, alpha=0.1, lam=0.5, dropout=0.5):
        super().__init__()
        self.enter = nn.Linear(in_features, hidden)
        self.layers = nn.ModuleList(
            GCNIILayer(hidden, alpha, math.log(lam / l + 1)) for l in range(1, num_layers + 1)
        )
        self.leave = nn.Linear(hidden, num_classes)
        self.dropout = dropout

    def forward(self, x, adj):
        drop = lambda t: F.dropout(t, self.dropout, self.training)
        h = h0 = F.relu(self.enter(drop(x)))
        for layer in self.layers:
            h = F.relu(layer(drop(h), h0, adj))
        return self.leave(drop(h))
