# residua-test: right target=Bottleneck style='post-activation bottleneck'
import torch.nn as nn
import torch.nn.functional as F


class Bottleneck(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.reduce = nn.Sequential(nn.Conv2d(in_channels, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.spatial = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.expand = nn.Sequential(nn.Conv2d(16, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.shortcut = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x):
        low = self.reduce(x)
        wide = self.spatial(low)
        return F.relu(self.expand(wide) + self.shortcut(x))
