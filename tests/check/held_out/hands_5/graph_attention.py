# residua-test: wrong target=GraphAttnBlock
# What is wrong: e[i, j] scores neighbour j for node i and the result is alpha @ h, but softmax runs over dim 0 (the receiving nodes), so the weights of a node do not sum to one
import torch
import torch.nn as nn
import torch.nn.functional as F


class GraphAttnBlock(nn.Module):
    """Graph attention over a dense adjacency (rows receive), with a residual connection."""

    def __init__(self, dim=32, slope=0.2):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.lin = nn.Linear(dim, dim, bias=False)
        self.att_dst = nn.Linear(dim, 1, bias=False)
        self.att_src = nn.Linear(dim, 1, bias=False)
        self.slope = slope

    def forward(self, x, adj):
        # x: (nodes, dim), adj: (nodes, nodes) with self loops
        h = self.lin(self.norm(x))
        e = F.leaky_relu(self.att_dst(h) + self.att_src(h).t(), self.slope)
        e = e.masked_fill(adj == 0, float('-inf'))
        alpha = F.softmax(e, dim=0)  # expect: R165
        return x + F.elu(alpha @ h)  # expect
