# residua-test: wrong target=ImplicitDecoder
# What is wrong: The residual MLPs live in a plain Python list and are not registered: no parameters, no .to(), no state_dict
import torch
import torch.nn as nn


class ResMLP(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)
        self.act = nn.ReLU()

    def forward(self, x):
        return x + self.fc2(self.act(self.fc1(x)))


class CoordEmbed(nn.Module):
    def __init__(self, out_dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, out_dim))

    def forward(self, coord):
        return self.net(coord)


class ImplicitDecoder(nn.Module):
    """Decodes (latent, coordinate) pairs to RGB with a stack of residual MLPs."""

    def __init__(self, in_dim=64, out_dim=3, hidden=128, depth=6):
        super().__init__()
        self.in_dim = in_dim
        self.mlps = [ResMLP(in_dim, hidden) for _ in range(depth)]  # expect: R125
        self.coord = CoordEmbed(in_dim)
        self.to_rgb = nn.Linear(in_dim, out_dim)

    def forward(self, feat, coord):
        """feat: (B, N, in_dim), coord: (B, N, 2) in [-1, 1]"""
        x = feat + self.coord(coord)
        for mlp in self.mlps:
            x = mlp(x)
        return self.to_rgb(x)
