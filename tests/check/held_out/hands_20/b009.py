# residua-test: right target=InitialResidualGCN
# Why it is right: GCNII: each layer mixes a fixed part of the first representation h0 (kept before the loop) and shrinks its weight towards the identity.
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class InitialResidualConv(nn.Module):
    def __init__(self, dim, index, alpha=0.1, theta=0.5):
        super().__init__()
        self.alpha = alpha
        self.beta = math.log(theta / index + 1.0)
        self.lin = nn.Linear(dim, dim, bias=False)

    def forward(self, h, h0, edge_index, edge_weight):
        src, dst = edge_index
        agg = torch.zeros_like(h).index_add(0, dst, edge_weight[:, None] * h[src])
        z = agg * (1 - self.alpha) + h0 * self.alpha
        return torch.lerp(z, self.lin(z), self.beta)


class InitialResidualGCN(nn.Module):
    """x: (N, F), edge_index: (2, E) int64, edge_weight: (E,)"""

    def __init__(self, in_dim=12, hid=24, out_dim=3, depth=6):
        super().__init__()
        self.enter = nn.Linear(in_dim, hid)
        self.convs = nn.ModuleList(InitialResidualConv(hid, i + 1) for i in range(depth))
        self.leave = nn.Linear(hid, out_dim)

    def forward(self, x, edge_index, edge_weight):
        h = h0 = self.enter(x).relu()
        for conv in self.convs:
            h = F.dropout(h, 0.4, training=self.training)
            h = conv(h, h0, edge_index, edge_weight).relu()
        return self.leave(h)
