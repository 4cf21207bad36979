# residua-test: wrong target=AttentiveUnit
# What is wrong: the spatial attention multiplies the shortcut, the branch is added without it
import torch
import torch.nn as nn


class SpatialMap(nn.Module):
    def __init__(self, kernel=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=False)

    def forward(self, x):
        stats = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return torch.sigmoid(self.conv(stats))


class AttentiveUnit(nn.Module):
    def __init__(self, planes):
        super().__init__()
        self.lead = nn.Sequential(nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(inplace=True))
        self.tail = nn.Sequential(nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes))
        self.attention = SpatialMap()
        self.relu = nn.ReLU()

    def forward(self, x):
        out = self.tail(self.lead(x))
        gate = self.attention(out)
        out = out + x * gate  # expect: R152
        return self.relu(out)
