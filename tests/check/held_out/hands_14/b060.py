# residua-test: wrong target=HighwayMLP
# What is wrong: The carry gate is 1 - h (the transformed features) instead of 1 - t (the transform gate), so the input is not carried through as t closes.
import torch
import torch.nn as nn
import torch.nn.functional as F


class HighwayMLP(nn.Module):
    """
    y = t * H(x) + (1 - t) * x     per layer, t = sigmoid(T(x))

    T is biased to -2, at the beginning the layers mostly pass their input on.
    """

    def __init__(self, size=16, num_layers=5, f=F.relu):
        super(HighwayMLP, self).__init__()
        self.num_layers = num_layers
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for g in self.gate:
            nn.init.constant_(g.bias, -2.0)
        self.f = f

    def forward(self, x):
        for layer in range(self.num_layers):
            t = torch.sigmoid(self.gate[layer](x))
            h = self.f(self.nonlinear[layer](x))
            x = t * h + (1 - h) * x  # expect: R201
        return x
