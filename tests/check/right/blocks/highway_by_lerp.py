# residua-test: right target=HighwayLayer
import torch
from torch import nn
import torch.nn.functional as F


class HighwayLayer(nn.Module):
    def __init__(self, size, num_layers=2):
        super().__init__()
        self.both = nn.ModuleList([nn.Linear(size, 2 * size) for _ in range(num_layers)])
        for each in self.both:
            each.bias.data[size:].fill_(-1)

    def forward(self, x):
        for each in self.both:
            h, g = each(x).chunk(2, dim=-1)
            g = torch.sigmoid(g)
            x = torch.lerp(x, F.relu(h), g)
        return x
