# residua-test: right target=GCNII
# Why it is right: GCNII: every layer mixes in the first representation h0 (initial residual) and an identity-mapped weight with decaying beta.
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNIIConv(nn.Module):
    def __init__(self, dim, alpha, beta):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.weight = nn.Parameter(torch.empty(dim, dim))
        bound = 1 / math.sqrt(dim)
        nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, h, h0, adj):
        support = (1 - self.alpha) * (adj @ h) + self.alpha * h0
        return (1 - self.beta) * support + self.beta * (support @ self.weight)


class GCNII(nn.Module):
    """x: (N, in_dim), adj: normalised adjacency with self loops (N, N)."""

    def __init__(self, in_dim=10, hidden=16, num_layers=8, num_classes=3, alpha=0.1, lamda=0.5, dropout=0.5):
        super().__init__()
        self.fc_in = nn.Linear(in_dim, hidden)
        self.convs = nn.ModuleList(
            GCNIIConv(hidden, alpha, math.log(lamda / (l + 1) + 1)) for l in range(num_layers)
        )
        self.fc_out = nn.Linear(hidden, num_classes)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.dropout(x, self.dropout, training=self.training)
        h = h0 = F.relu(self.fc_in(x))
        for conv in self.convs:
            h = F.dropout(h, self.dropout, training=self.training)
            h = F.relu(conv(h, h0, adj))
        h = F.dropout(h, self.dropout, training=self.training)
        return F.log_softmax(self.fc_out(h), dim=1)
