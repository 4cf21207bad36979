# residua-test: right target=RepVGG style='2 residual additions'
import torch.nn as nn
import torch.nn.functional as F


class RepVGG(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.identity = nn.BatchNorm2d(in_channels) if in_channels == out_channels and stride == 1 else None
        self.dense = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.one = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.dense(x) + self.one(x)
        if self.identity is not None:
            y = y + self.identity(x)
        return F.relu(y)
