# residua-test: right target=GraphNet args='features=16, classes=4'
import torch.nn.functional as F
from torch import nn


class GraphNet(nn.Module):
    """Rows are the nodes of one graph, which its adjacency matrix mixes on purpose."""

    def __init__(self, features, classes, hidden=32, depth=3):
        super().__init__()
        self.enter = nn.Linear(features, hidden)
        self.layers = nn.ModuleList([nn.Linear(hidden, hidden) for _ in range(depth)])
        self.leave = nn.Linear(hidden, classes)

    def forward(self, x, adj):
        x = F.relu(self.enter(x))
        for layer in self.layers:
            x = x + F.relu(layer(adj @ x))
        return self.leave(x)
