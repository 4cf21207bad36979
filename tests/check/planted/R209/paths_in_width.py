# residua-test: wrong target=Aggregated right=blocks/paths_in_width
import torch
import torch.nn as nn
import torch.nn.functional as F


class Aggregated(nn.Module):
    def __init__(self, cin, cout, stride=1, cardinality=32, base_width=4):
        super().__init__()
        width = cardinality * base_width
        self.body = nn.Sequential(
            nn.Conv2d(cin, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),  # expect: R209
            nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, cout, 1, bias=False), nn.BatchNorm2d(cout))
        self.skip = nn.Identity()
        if stride != 1 or cin != cout:
            self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))
