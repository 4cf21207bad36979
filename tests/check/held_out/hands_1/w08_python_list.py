# residua-test: wrong target=StackedRes
# What is wrong: convs kept in plain Python list: not registered
from torch import nn
import torch

class StackedRes(nn.Module):
    def __init__(self, dim, depth=2):
        super().__init__()
        self.layers = []  # expect: R125
        for i in range(depth):
            self.layers.append(nn.Sequential(  # expect
                nn.Conv2d(dim, dim, 3, 1, 1, bias=False), nn.BatchNorm2d(dim), nn.ReLU()))
        self.last = nn.Conv2d(dim, dim, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        res = x
        for l in self.layers:
            x = l(x)
        x = self.norm(self.last(x))
        return torch.relu(x + res)
