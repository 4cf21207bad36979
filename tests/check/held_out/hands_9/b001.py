# residua-test: wrong target=ImplicitRes
# What is wrong: The residual MLPs sit in a plain Python list, so they are not registered and never trained, moved or saved
import torch
import torch.nn as nn


class RES_MLP(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.l1 = nn.Linear(dim, hidden)
        self.l2 = nn.Linear(hidden, dim)
        self.act = nn.ReLU()

    def forward(self, x):
        return x + self.l2(self.act(self.l1(x)))


class COOD_MLP(nn.Module):
    def __init__(self, in_dim, out_dim, hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(in_dim, hidden), nn.ReLU(), nn.Linear(hidden, out_dim))

    def forward(self, x):
        return self.layers(x)


class ImplicitRes(nn.Module):

    def __init__(self, feat_dim=64, coord_dim=16, hidden=128, n_mlps=6, out_dim=3):
        super().__init__()
        dim = feat_dim + coord_dim
        self.cood_mlp = COOD_MLP(2, coord_dim, hidden)
        self.mlps = [RES_MLP(dim, hidden) for _ in range(n_mlps)]  # expect: R125
        self.out = nn.Linear(dim, out_dim)

    def forward(self, feat, coord):
        # feat: B,N,64  coord: B,N,2
        c = self.cood_mlp(coord)
        x = torch.cat([feat, c], dim=-1)
        for m in self.mlps:
            x = m(x)
        return self.out(x)
