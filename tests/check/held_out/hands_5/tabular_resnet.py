# residua-test: wrong target=TabularResNet
# What is wrong: The skip is detached, so no gradient flows along the identity path and earlier blocks learn only through the branches
import torch
import torch.nn as nn


class TabularBlock(nn.Module):
    def __init__(self, width, hidden, p):
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, width)
        self.drop1 = nn.Dropout(p)
        self.drop2 = nn.Dropout(p / 2)

    def forward(self, x):
        identity = x.detach()  # expect: R127
        z = self.drop1(torch.relu(self.lin1(self.norm(x))))
        z = self.drop2(self.lin2(z))
        return identity + z  # expect


class TabularResNet(nn.Module):
    """Residual MLP for tabular data."""

    def __init__(self, n_features=20, width=64, hidden=128, depth=4, n_out=1, p=0.2):
        super().__init__()
        self.inp = nn.Linear(n_features, width)
        self.blocks = nn.Sequential(*[TabularBlock(width, hidden, p) for _ in range(depth)])
        self.head = nn.Sequential(nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, n_out))

    def forward(self, x):
        return self.head(self.blocks(self.inp(x)))
