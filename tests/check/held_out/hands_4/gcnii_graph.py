# residua-test: right target=GCNII args=nfeat=16,nclass=4
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def normalize_adj(adj):
    """D^-1/2 (A + I) D^-1/2 for a dense 0/1 matrix."""
    a = adj + torch.eye(adj.size(0), device=adj.device, dtype=adj.dtype)
    d = a.sum(1).rsqrt()
    return d[:, None] * a * d[None, :]


class GraphConvolution(nn.Module):
    def __init__(self, features):
        super(GraphConvolution, self).__init__()
        self.weight = nn.Parameter(torch.empty(features, features))
        stdv = 1.0 / math.sqrt(features)
        self.weight.data.uniform_(-stdv, stdv)

    def forward(self, h, adj, h0, lamda, alpha, l):
        theta = math.log(lamda / l + 1)
        hi = adj @ h
        support = (1 - alpha) * hi + alpha * h0
        return theta * (support @ self.weight) + (1 - theta) * support


class GCNII(nn.Module):
    """x: (N, nfeat) node features; adj: (N, N) adjacency without self loops."""

    def __init__(self, nfeat: int, nclass: int, nlayers: int = 8, nhidden: int = 64, dropout: float = 0.6,
                 lamda: float = 0.5, alpha: float = 0.1):
        super(GCNII, self).__init__()
        self.fcs = nn.ModuleList([nn.Linear(nfeat, nhidden), nn.Linear(nhidden, nclass)])
        self.convs = nn.ModuleList([GraphConvolution(nhidden) for _ in range(nlayers)])
        self.dropout = dropout
        self.lamda = lamda
        self.alpha = alpha

    def forward(self, x, adj):
        adj = normalize_adj(adj)
        x = F.dropout(x, self.dropout, training=self.training)
        h = h0 = F.relu(self.fcs[0](x))
        for i, con in enumerate(self.convs, start=1):
            h = F.dropout(h, self.dropout, training=self.training)
            h = F.relu(con(h, adj, h0, self.lamda, self.alpha, i))
        h = F.dropout(h, self.dropout, training=self.training)
        return F.log_softmax(self.fcs[1](h), dim=1)
