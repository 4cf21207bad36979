# residua-test: wrong target=RegMLP
# What is wrong: the branch is multiplied by a ReZero gate of zero and its last linear layer is zero-initialised too, so neither ever gets a gradient and the residual branches stay dead.
import torch
import torch.nn as nn


class ResidualMLPBlock(nn.Module):
    def __init__(self, d, expand=2, p=0.0):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.lin1 = nn.Linear(d, d * expand)
        self.lin2 = nn.Linear(d * expand, d)
        self.drop = nn.Dropout(p)
        self.alpha = nn.Parameter(torch.zeros(1))

        # start as identity
        nn.init.kaiming_normal_(self.lin1.weight, nonlinearity='relu')
        nn.init.zeros_(self.lin1.bias)
        nn.init.zeros_(self.lin2.weight)  # expect: R172
        nn.init.zeros_(self.lin2.bias)

    def forward(self, x):
        h = self.drop(torch.relu(self.lin1(self.norm(x))))
        return x + self.alpha * self.lin2(h)


class RegMLP(nn.Module):
    """tabular regression"""

    def __init__(self, n_features, d=128, n_blocks=6, n_out=1):
        super().__init__()
        self.inp = nn.Linear(n_features, d)
        self.blocks = nn.Sequential(*(ResidualMLPBlock(d) for _ in range(n_blocks)))
        self.out = nn.Sequential(nn.LayerNorm(d), nn.ReLU(), nn.Linear(d, n_out))

    def forward(self, x):
        return self.out(self.blocks(self.inp(x)))
