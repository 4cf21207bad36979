# residua-test: wrong target=ImplicitRefiner
# What is wrong: the residual MLPs are kept in a plain python list: their parameters are not registered, so the optimiser, state_dict and .to() never see them
import torch
from torch import nn


class ResMLP(nn.Module):
    def __init__(self, dim, hidden_list):
        super().__init__()
        layers = []
        lastv = dim
        for hidden in hidden_list:
            layers.append(nn.Linear(lastv, hidden))
            layers.append(nn.ReLU())
            lastv = hidden
        layers.append(nn.Linear(lastv, dim))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.layers(x)


class CoordMLP(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(in_dim, out_dim), nn.ReLU(), nn.Linear(out_dim, out_dim))

    def forward(self, coord):
        return self.net(coord)


class ImplicitRefiner(nn.Module):
    """queries: features (b, q, c) at coordinates (b, q, 2) -> rgb (b, q, 3)"""

    def __init__(self, feat_dim=16, out_dim=3, n_mlp=4, hidden_list=(32, 32)):
        super().__init__()
        self.coord_mlp = CoordMLP(2, feat_dim)
        self.mlps = [ResMLP(feat_dim, hidden_list) for _ in range(n_mlp)]  # expect: R125
        self.to_rgb = nn.Linear(feat_dim, out_dim)

    def forward(self, feat, coord):
        h = feat + self.coord_mlp(coord)
        for m in self.mlps:
            h = m(h)
        return self.to_rgb(h)
