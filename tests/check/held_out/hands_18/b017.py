# residua-test: wrong target=DeepResMLP
# What is wrong: The residual layers sit in a plain Python list, so their parameters are not registered and are never trained, moved or saved.
import torch
import torch.nn as nn


class ResLayer(nn.Module):
    def __init__(self, dim, p):
        super().__init__()
        self.lin1 = nn.Linear(dim, dim)
        self.lin2 = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        y = self.norm(x)
        y = torch.relu(self.lin1(y))
        y = self.drop(self.lin2(y))  # found: R146
        return x + y


class DeepResMLP(nn.Module):
    """tabular regression, depth is a hyperparameter so i build the layers in a loop"""

    def __init__(self, in_dim, out_dim, hidden=64, depth=6, p=0.1):
        super().__init__()
        self.input = nn.Linear(in_dim, hidden)
        self.layers = []  # expect: R125
        for i in range(depth):
            self.layers.append(ResLayer(hidden, p))
        self.output = nn.Linear(hidden, out_dim)

    def forward(self, x):
        x = self.input(x)
        for layer in self.layers:
            x = layer(x)
        return self.output(x)
