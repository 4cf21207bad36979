# residua-test: right target=SpatialBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class SpatialBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.q = nn.Conv2d(channels, channels // 8, 1)
        self.k = nn.Conv2d(channels, channels // 8, 1)
        self.v = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q = self.q(x).flatten(2).transpose(1, 2)
        attention = torch.softmax(q @ self.k(x).flatten(2), dim=-1)
        out = self.v(x).flatten(2) @ attention.transpose(1, 2)
        return x + out.view(b, c, h, w)
