# residua-test: wrong target=DeepGCN
# What is wrong: the "res" block normalises x instead of the convolution's output h, so the convolution is thrown away and never trained.
import torch
import torch.nn as nn
import torch.nn.functional as F


class DenseGraphConv(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.lin_root = nn.Linear(in_dim, out_dim)
        self.lin_nbr = nn.Linear(in_dim, out_dim, bias=False)

    def forward(self, x, adj):
        return self.lin_root(x) + self.lin_nbr(torch.bmm(adj, x))


class DeepGCNLayer(nn.Module):
    """block in {'res+', 'res', 'plain'}, see DeeperGCN"""

    def __init__(self, conv, norm, block='res+', dropout=0.1):
        super().__init__()
        self.conv, self.norm = conv, norm
        self.block = block
        self.dropout = dropout

    def forward(self, x, adj):
        if self.block == 'res+':
            h = F.relu(self.norm(x))
            h = F.dropout(h, p=self.dropout, training=self.training)
            h = self.conv(h, adj)
            return x + h

        h = self.conv(x, adj)
        h = self.norm(x)  # expect: R101
        h = F.relu(h)
        if self.block == 'res':
            h = x + h
        return F.dropout(h, p=self.dropout, training=self.training)


class DeepGCN(nn.Module):
    def __init__(self, in_dim, hidden, n_layers, n_classes, block='res'):
        super().__init__()
        self.node_encoder = nn.Linear(in_dim, hidden)
        self.layers = nn.ModuleList()
        for _ in range(n_layers):
            self.layers.append(
                DeepGCNLayer(DenseGraphConv(hidden, hidden), nn.LayerNorm(hidden), block)
            )
        self.lin = nn.Linear(hidden, n_classes)

    def forward(self, x, adj):
        x = self.node_encoder(x)
        for layer in self.layers:
            x = layer(x, adj)
        return self.lin(x)
