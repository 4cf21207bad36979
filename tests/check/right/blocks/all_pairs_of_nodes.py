# residua-test: right target=EGNNLayer
import torch
from torch import nn
import torch.nn.functional as F



class EGNNLayer(nn.Module):
    """Features and coordinates of nodes; every pair is an edge."""

    def __init__(self, dim=32):
        super().__init__()
        self.edge = nn.Sequential(nn.Linear(2 * dim + 1, dim), nn.SiLU(), nn.Linear(dim, dim), nn.SiLU())
        self.node = nn.Sequential(nn.Linear(2 * dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.coord = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, 1, bias=False))

    def forward(self, h, pos):
        n = h.size(0)
        rel = pos[:, None] - pos[None]
        d2 = (rel**2).sum(-1, keepdim=True)
        pair = torch.cat([h[:, None].expand(n, n, -1), h[None].expand(n, n, -1), d2], -1)
        m = self.edge(pair)
        pos = pos + (rel * self.coord(m)).mean(1)
        h = h + self.node(torch.cat([h, m.sum(1)], -1))
        return h, pos
