# residua-test: wrong target=CharHighway
# What is wrong: the carry gate is 1 minus the transformed features h instead of 1 minus the transform gate t
import torch
import torch.nn as nn
import torch.nn.functional as F


class Highway(nn.Module):
    """y = t * relu(W x) + (1 - t) * x   (Srivastava et al. 2015)"""

    def __init__(self, size, num_layers=2, bias=-2.0):
        super(Highway, self).__init__()
        self.num_layers = num_layers
        self.trans = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for g in self.gate:
            g.bias.data.fill_(bias)

    def forward(self, x):
        for i in range(self.num_layers):
            t = torch.sigmoid(self.gate[i](x))
            h = F.relu(self.trans[i](x))
            x = t * h + (1 - h) * x  # expect: R201
        return x


class CharHighway(nn.Module):
    def __init__(self, in_features=30, size=40, n_out=4):
        super().__init__()
        self.inp = nn.Linear(in_features, size)
        self.highway = Highway(size)
        self.out = nn.Linear(size, n_out)

    def forward(self, x):
        return self.out(self.highway(self.inp(x)))
