# residua-test: right target=SkipNet
import torch
from torch import nn


class SkipNet(nn.Module):
    def __init__(self, dim=32, depth=3):
        super().__init__()
        self.down = nn.ModuleList([nn.Linear(dim, dim) for _ in range(depth)])
        self.up = nn.ModuleList([nn.Linear(dim * 2, dim) for _ in range(depth)])

    def forward(self, x):
        skips = []
        for layer in self.down:
            x = torch.relu(layer(x))
            skips = [x] + skips
        for i, layer in enumerate(self.up):
            x = torch.relu(layer(torch.cat((x, skips[i]), -1)))
        return x
