# residua-test: right target=Highway
import torch
from torch import nn


class Highway(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.h = nn.Linear(dim, dim)
        self.t = nn.Linear(dim, dim)
        nn.init.constant_(self.t.bias, -2.0)

    def forward(self, x):
        t = torch.sigmoid(self.t(x))
        return x + t * (torch.relu(self.h(x)) - x)
