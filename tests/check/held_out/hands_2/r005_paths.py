# residua-test: right target=AggregatedBlock
import torch
from torch import nn


class AggregatedBlock(nn.Module):
    def __init__(self, c_in, c_out, n_paths=4, d=4, stride=1):
        super().__init__()

        def make():
            return nn.Sequential(
                nn.Conv2d(c_in, d, 1, bias=False), nn.BatchNorm2d(d), nn.ReLU(),
                nn.Conv2d(d, d, 3, stride, 1, bias=False), nn.BatchNorm2d(d), nn.ReLU(),
                nn.Conv2d(d, c_out, 1, bias=False), nn.BatchNorm2d(c_out))

        self.paths = nn.ModuleList(make() for _ in range(n_paths))
        same = c_in == c_out and stride == 1
        self.proj = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = self.proj(x)
        for p in self.paths:
            y = y + p(x)
        return torch.relu(y)
