# residua-test: wrong target=ResCoordMLP
# What is wrong: The residual MLPs are kept in a plain Python list, so their parameters are not registered (not trained, not moved, not saved).
import torch
from torch import nn


class ResMlp(nn.Module):
    def __init__(self, dim, hidden_list):
        super().__init__()
        layers = []
        last = dim
        for hidden in hidden_list:
            layers.append(nn.Linear(last, hidden))
            layers.append(nn.ReLU())
            last = hidden
        layers.append(nn.Linear(last, dim))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.layers(x)


class ResCoordMLP(nn.Module):

    def __init__(self, in_dim=34, dim=32, out_dim=3, num_blocks=6):
        super().__init__()
        self.inp = nn.Linear(in_dim, dim)
        self.mlps = [ResMlp(dim, [64, 64]) for _ in range(num_blocks)]  # expect: R125
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, out_dim)

    def forward(self, feat):
        # feat: (B, N, in_dim), features sampled at N query coordinates
        shape = feat.shape[:-1]
        x = self.inp(feat.reshape(-1, feat.shape[-1]))
        for mlp in self.mlps:
            x = mlp(x)
        x = self.out(self.norm(x))
        return x.view(*shape, -1)
