# residua-test: right target=HighwayNet
import torch
import torch.nn as nn


class Highway(nn.Module):
    def __init__(self, size, num_layers, f=torch.relu, t_bias=-2.0):
        super(Highway, self).__init__()
        self.num_layers = num_layers
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.linear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.f = f
        for g in self.gate:
            nn.init.constant_(g.bias, t_bias)

    def forward(self, x):
        """
        T * [f(N x) + L x] + (1 - T) * x   where T is sigmoid(G x)
        """
        for layer in range(self.num_layers):
            gate = torch.sigmoid(self.gate[layer](x))
            cand = self.f(self.nonlinear[layer](x)) + self.linear[layer](x)
            x = gate * cand + (1 - gate) * x
        return x


class HighwayNet(nn.Module):
    def __init__(self, in_features=20, size=32, num_layers=3, classes=5):
        super(HighwayNet, self).__init__()
        self.inp = nn.Linear(in_features, size)
        self.highway = Highway(size, num_layers)
        self.out = nn.Linear(size, classes)

    def forward(self, x):
        return self.out(self.highway(self.inp(x)))
