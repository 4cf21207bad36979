# residua-test: right target=ConvMixer style='depthwise residual'
import torch.nn as nn


class ConvMixer(nn.Module):
    def __init__(self, dim, kernel_size=9):
        super().__init__()
        self.spatial = nn.Sequential(nn.Conv2d(dim, dim, kernel_size, groups=dim, padding="same"), nn.GELU(), nn.BatchNorm2d(dim))
        self.channel = nn.Sequential(nn.Conv2d(dim, dim, 1), nn.GELU(), nn.BatchNorm2d(dim))

    def forward(self, x):
        return self.channel(self.spatial(x) + x)
