# residua-test: right target=ReZeroMLP
import torch
import torch.nn as nn


class ReZeroMLP(nn.Module):
    """Deep fully-connected network with ReZero connections, one forward for all."""

    def __init__(self, in_dim, width=128, depth=12, out_dim=1):
        super().__init__()
        self.embed = nn.Linear(in_dim, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.alphas = nn.ParameterList(nn.Parameter(torch.zeros(1)) for _ in range(depth))
        self.readout = nn.Linear(width, out_dim)

    def forward(self, x):
        h = self.embed(x)
        for layer, alpha in zip(self.layers, self.alphas):
            h = h + alpha * torch.relu(layer(h))
        return self.readout(h)
