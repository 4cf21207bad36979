# residua-test: right target=HighwayMLP args=in_features=32,hidden=64,depth=5,out_features=10
"""Highway-Netz für Tabellendaten (Srivastava, Greff, Schmidhuber 2015)."""
import torch
from torch import nn


class HighwayLayer(nn.Module):
    def __init__(self, dim: int, bias: float = -2.0):
        super().__init__()
        self.H = nn.Linear(dim, dim)
        self.T = nn.Linear(dim, dim)
        # negativer Bias: am Anfang wird fast nur durchgereicht
        nn.init.constant_(self.T.bias, bias)

    def forward(self, x):
        t = torch.sigmoid(self.T(x))
        h = torch.relu(self.H(x))
        return h * t + x * (1.0 - t)


class HighwayMLP(nn.Module):
    def __init__(self, in_features: int, hidden: int, depth: int, out_features: int):
        super().__init__()
        self.inp = nn.Linear(in_features, hidden)
        self.layers = nn.ModuleDict({f"hw{i}": HighwayLayer(hidden) for i in range(depth)})
        self.out = nn.Linear(hidden, out_features)

    def forward(self, x):
        x = torch.relu(self.inp(x))
        for layer in self.layers.values():
            x = layer(x)
        return self.out(x)
