# residua-test: right target=Highway args=size=64
import torch
from torch import nn
import torch.nn.functional as F


class Highway(nn.Module):
    """y = t * f(x) + (1 - t) * x  with  t = sigmoid(W x + b)"""

    def __init__(self, size, num_layers=2, f=F.relu):
        super(Highway, self).__init__()
        self.num_layers = num_layers
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for g in self.gate:
            g.bias.data.fill_(-2.0)
        self.f = f

    def forward(self, x):
        for layer in range(self.num_layers):
            gate = torch.sigmoid(self.gate[layer](x))
            nonlinear = self.f(self.nonlinear[layer](x))
            x = gate * nonlinear + (1 - gate) * x
        return x
