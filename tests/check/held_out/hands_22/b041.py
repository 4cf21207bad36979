# residua-test: wrong target=GINEBlock
# What is wrong: Messages are built from the source nodes and summed back onto the same source nodes, so no node ever hears its neighbours.
import torch
from torch import nn


class GINEBlock(nn.Module):
    """Residual GINE layer for molecules.

    h: (N, dim); edge_index: (2, E), row 0 = source, row 1 = target; edge_attr: (E, edge_dim)
    """

    def __init__(self, dim, edge_dim=4, dropout=0.0):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(1))
        self.edge_enc = nn.Linear(edge_dim, dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, 2 * dim),
            nn.BatchNorm1d(2 * dim),
            nn.ReLU(),
            nn.Linear(2 * dim, dim),
        )
        self.norm = nn.BatchNorm1d(dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, h, edge_index, edge_attr):
        src, dst = edge_index
        msg = torch.relu(h[src] + self.edge_enc(edge_attr))
        agg = torch.zeros_like(h).index_add(0, src, msg)  # expect
        out = self.mlp((1 + self.eps) * h + agg)
        out = torch.relu(self.norm(out))
        return h + self.drop(out)
