# residua-test: right target=GCNII
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class GraphConvolution(nn.Module):
    def __init__(self, dim):
        super(GraphConvolution, self).__init__()
        self.weight = nn.Parameter(torch.empty(dim, dim))
        stdv = 1. / math.sqrt(dim)
        self.weight.data.uniform_(-stdv, stdv)

    def forward(self, h, adj, h0, lamda, alpha, l):
        theta = math.log(lamda / l + 1)
        hi = torch.matmul(adj, h)
        support = (1 - alpha) * hi + alpha * h0
        return theta * torch.matmul(support, self.weight) + (1 - theta) * support


class GCNII(nn.Module):
    def __init__(self, nfeat, nclass, nhidden=32, nlayers=8, dropout=0.3, lamda=0.5, alpha=0.1):
        super(GCNII, self).__init__()
        self.convs = nn.ModuleList()
        for _ in range(nlayers):
            self.convs.append(GraphConvolution(nhidden))
        self.fcs = nn.ModuleList([nn.Linear(nfeat, nhidden), nn.Linear(nhidden, nclass)])
        self.dropout, self.lamda, self.alpha = dropout, lamda, alpha

    def forward(self, x, adj):
        drop = lambda t: F.dropout(t, self.dropout, training=self.training)
        h = F.relu(self.fcs[0](drop(x)))
        h0 = h
        for i, con in enumerate(self.convs):
            h = F.relu(con(drop(h), adj, h0, self.lamda, self.alpha, i + 1))
        return self.fcs[-1](drop(h))
