# residua-test: right target=GraphNet
import torch
from torch import nn


class Spread(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.own, self.near = nn.Linear(width, width), nn.Linear(width, width, bias=False)

    def forward(self, nodes, adjacency):
        degree = adjacency.sum(-1, keepdim=True).clamp(min=1)
        h = self.norm(nodes)
        h = self.own(h) + torch.matmul(adjacency / degree, self.near(h))
        return nodes + torch.relu(h)


class GraphNet(nn.Module):
    """nodes (graphs, n, features), adjacency (graphs, n, n) of zeros and ones."""

    def __init__(self, features=12, width=24, depth=3, classes=4):
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.layers = nn.ModuleList([Spread(width) for _ in range(depth)])
        self.leave = nn.Linear(width, classes)

    def forward(self, nodes, adjacency):
        h = self.enter(nodes)
        for layer in self.layers:
            h = layer(h, adjacency)
        return self.leave(h.mean(1))
