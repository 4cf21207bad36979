# residua-test: right target=ResGCN
import torch
import torch.nn as nn
import torch.nn.functional as F


class GraphConv(nn.Module):
    def __init__(self, nin, nout):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(nin, nout))
        self.bias = nn.Parameter(torch.zeros(nout))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, a_hat):
        return a_hat @ (x @ self.weight) + self.bias


class ResGCN(nn.Module):
    def __init__(self, nfeat=12, nhid=16, nclass=3, nlayers=3, dropout=0.2):
        super().__init__()
        sizes = [nfeat] + [nhid] * nlayers
        self.convs = nn.ModuleList([GraphConv(a, b) for a, b in zip(sizes[:-1], sizes[1:])])
        self.res = nn.ModuleList([nn.Identity() if a == b else nn.Linear(a, b, bias=False)
                                  for a, b in zip(sizes[:-1], sizes[1:])])
        self.out = GraphConv(nhid, nclass)
        self.dropout = dropout

    @staticmethod
    def normalize(adj):
        a = adj.clone()
        a.fill_diagonal_(1)
        d = a.sum(1).rsqrt()
        return d[:, None] * a * d[None, :]

    def forward(self, x, adj):
        a_hat = self.normalize(adj)
        for conv, res in zip(self.convs, self.res):
            h = F.relu(conv(x, a_hat)) + res(x)
            x = F.dropout(h, self.dropout, training=self.training)
        return F.log_softmax(self.out(x, a_hat), dim=1)
