# residua-test: wrong target=ResGCN
# What is wrong: The loop adds the input of every graph conv to its output, also around the last one which goes from hidden to out_dim, so the sum fails unless hidden equals out_dim.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GraphConv(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.lin = nn.Linear(d_in, d_out)

    def forward(self, x, adj):
        deg = adj.sum(1).clamp(min=1).pow(-0.5)
        a = deg[:, None] * adj * deg[None, :]
        return a @ self.lin(x)


class ResGCN(nn.Module):
    """Node classification with residual graph convs.

    x [n, in_dim], adj [n, n] dense with self loops
    """

    def __init__(self, in_dim=50, hidden=32, out_dim=7, n_layers=4, dropout=0.5):
        super().__init__()
        self.embed = nn.Linear(in_dim, hidden)
        dims = [hidden] * n_layers + [out_dim]  # expect
        self.convs = nn.ModuleList(GraphConv(a, b) for a, b in zip(dims[:-1], dims[1:]))
        self.dropout = dropout

    def forward(self, x, adj):
        h = F.relu(self.embed(x))
        for i, conv in enumerate(self.convs):
            h_new = conv(h, adj)
            if i < len(self.convs) - 1:
                h_new = F.relu(h_new)
                h_new = F.dropout(h_new, self.dropout, training=self.training)
            h = h + h_new
        return h
