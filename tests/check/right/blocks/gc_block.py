# residua-test: right target=GCBlock style='linear-output bottleneck'
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.mask = nn.Conv2d(channels, 1, 1)
        self.add = nn.Sequential(nn.Conv2d(channels, channels // 4, 1), nn.LayerNorm([channels // 4, 1, 1]), nn.ReLU(), nn.Conv2d(channels // 4, channels, 1))

    def forward(self, x):
        n, c, h, w = x.shape
        m = F.softmax(self.mask(x).view(n, 1, h * w), 2).unsqueeze(-1)
        ctx = torch.matmul(x.view(n, 1, c, h * w), m).view(n, c, 1, 1)
        return x + self.add(ctx)
