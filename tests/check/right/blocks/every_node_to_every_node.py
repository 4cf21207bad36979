# residua-test: right target=SetBlock
import torch
from torch import nn


class SetBlock(nn.Module):
    """Nodes of a fully connected graph, (nodes, dim)."""

    def __init__(self, dim=32):
        super().__init__()
        self.msg = nn.Linear(2 * dim, dim)
        self.upd = nn.Linear(dim, dim)

    def forward(self, h):
        n = h.shape[0]
        a = h.unsqueeze(0).expand(n, n, -1)
        b = h.unsqueeze(1).expand(n, n, -1)
        m = torch.relu(self.msg(torch.cat([a, b], dim=-1))).sum(dim=1)
        return h + self.upd(m)
