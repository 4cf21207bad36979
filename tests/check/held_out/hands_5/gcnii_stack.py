# residua-test: right target=GCNII
import math
import torch
import torch.nn as nn


class GCNIILayer(nn.Module):
    """Initial residual (alpha) and identity mapping (beta)."""

    def __init__(self, dim, alpha, beta):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(dim, dim))
        nn.init.xavier_uniform_(self.weight)
        self.alpha, self.beta = alpha, beta

    def forward(self, x, x0, adj):
        support = (1 - self.alpha) * (adj @ x) + self.alpha * x0
        return torch.relu((1 - self.beta) * support + self.beta * (support @ self.weight))


class GCNII(nn.Module):
    def __init__(self, n_in=16, dim=32, n_out=4, layers=8, alpha=0.1, lamda=0.5, p=0.5):
        super().__init__()
        self.inp = nn.Linear(n_in, dim)
        self.layers = nn.ModuleList(
            [GCNIILayer(dim, alpha, math.log(lamda / (i + 1) + 1)) for i in range(layers)])
        self.out = nn.Linear(dim, n_out)
        self.drop = nn.Dropout(p)

    @staticmethod
    def normalise(adj):
        adj = adj + torch.eye(adj.size(0), device=adj.device)
        d = adj.sum(1).rsqrt()
        return d[:, None] * adj * d[None, :]

    def forward(self, x, adj):
        adj = self.normalise(adj)
        x = x0 = torch.relu(self.inp(self.drop(x)))
        for layer in self.layers:
            x = layer(self.drop(x), x0, adj)
        return self.out(self.drop(x))
