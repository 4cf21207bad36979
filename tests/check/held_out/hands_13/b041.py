# residua-test: right target=GCNLayer
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNLayer(nn.Module):
    """Graph conv with a residual branch of its own.

    feats: (N, in_feats), adj: (N, N), without self loops, not normalized
    """

    def __init__(self, in_feats=16, out_feats=32, dropout=0.1, residual=True):
        super().__init__()
        self.graph_conv = nn.Linear(in_feats, out_feats, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_feats))
        self.residual = residual
        if residual:
            self.res_connection = nn.Linear(in_feats, out_feats)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(out_feats)

    def forward(self, feats, adj):
        a = adj + torch.eye(adj.shape[0], dtype=feats.dtype, device=feats.device)
        d = a.sum(dim=1).clamp(min=1e-12).rsqrt()
        a = d[:, None] * a * d[None, :]

        new_feats = F.relu(a @ self.graph_conv(feats) + self.bias)
        if self.residual:
            res_feats = F.relu(self.res_connection(feats))
            new_feats = new_feats + res_feats
        return self.dropout(self.norm(new_feats))
