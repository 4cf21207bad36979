# residua-test: right target=GCNEncoder
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNLayer(nn.Module):
    def __init__(self, in_feats, out_feats, activation=F.relu, residual=True, batchnorm=True, dropout=0.1):
        super().__init__()
        self.activation = activation
        self.weight = nn.Linear(in_feats, out_feats)
        self.dropout = nn.Dropout(dropout)
        self.residual = residual
        if residual:
            self.res_connection = nn.Linear(in_feats, out_feats)
        self.bn = batchnorm
        if batchnorm:
            self.bn_layer = nn.BatchNorm1d(out_feats)

    def forward(self, adj, feats):
        new_feats = self.activation(self.weight(adj @ feats))
        if self.residual:
            new_feats = new_feats + self.activation(self.res_connection(feats))
        new_feats = self.dropout(new_feats)
        if self.bn:
            # one row per node, as if all graphs were one big graph
            b, n, c = new_feats.shape
            new_feats = self.bn_layer(new_feats.reshape(b * n, c)).reshape(b, n, c)
        return new_feats


class GCNEncoder(nn.Module):
    def __init__(self, in_feats, hidden_feats):
        super().__init__()
        widths = [in_feats] + list(hidden_feats)
        self.gnn_layers = nn.ModuleList([GCNLayer(a, b) for a, b in zip(widths, widths[1:])])
        self.readout_gate = nn.Linear(widths[-1], 1)

    def forward(self, feats, adj):
        deg = adj.sum(-1, keepdim=True).clamp(min=1)
        adj = adj / deg
        for gnn in self.gnn_layers:
            feats = gnn(adj, feats)
        w = torch.sigmoid(self.readout_gate(feats))
        return (w * feats).sum(dim=1)
