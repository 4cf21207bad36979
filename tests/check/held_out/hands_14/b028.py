# residua-test: right target=GCNII
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNIIConv(nn.Module):
    def __init__(self, dim, alpha, beta):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(dim, dim))
        nn.init.xavier_uniform_(self.weight)
        self.alpha, self.beta = alpha, beta

    def forward(self, h, h0, adj):
        support = (1 - self.alpha) * (adj @ h) + self.alpha * h0
        return (1 - self.beta) * support + self.beta * (support @ self.weight)


class GCNII(nn.Module):
    """'Simple and deep graph convolutional networks'. x: [n, nfeat], adj: [n, n] 0/1 without self loops."""

    def __init__(self, nfeat=20, nhidden=32, nclass=4, nlayers=16, dropout=0.5, alpha=0.1, lamda=0.5):
        super().__init__()
        self.fc_in = nn.Linear(nfeat, nhidden)
        self.convs = nn.ModuleList([
            GCNIIConv(nhidden, alpha, beta=math.log(lamda / l + 1)) for l in range(1, nlayers + 1)
        ])
        self.fc_out = nn.Linear(nhidden, nclass)
        self.dropout = dropout

    @staticmethod
    def normalize(adj):
        a = adj + torch.eye(adj.size(0), device=adj.device, dtype=adj.dtype)
        d = a.sum(1).pow(-0.5)
        return d.unsqueeze(1) * a * d.unsqueeze(0)

    def forward(self, x, adj):
        adj = self.normalize(adj)
        x = F.dropout(x, self.dropout, training=self.training)
        h0 = h = F.relu(self.fc_in(x))
        for conv in self.convs:
            h = F.dropout(h, self.dropout, training=self.training)
            h = F.relu(conv(h, h0, adj))
        h = F.dropout(h, self.dropout, training=self.training)
        return F.log_softmax(self.fc_out(h), dim=1)
