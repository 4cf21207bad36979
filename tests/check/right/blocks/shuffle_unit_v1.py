# residua-test: right target=ShuffleUnit args='in_channels=24, out_channels=48'
import torch
import torch.nn.functional as F
from torch import nn


class ShuffleUnit(nn.Module):
    """ShuffleNet's unit: it adds its input, or concatenates the pooled one where it halves the map."""

    def __init__(self, in_channels, out_channels=240, groups=4, halve=True):
        super().__init__()
        self.groups, self.halve = groups, halve
        middle, made = out_channels // 4, out_channels - in_channels * halve
        self.squeeze = nn.Sequential(nn.Conv2d(in_channels, middle, 1, bias=False), nn.BatchNorm2d(middle), nn.ReLU())
        self.depthwise = nn.Conv2d(middle, middle, 3, 1 + halve, 1, groups=middle, bias=False)
        self.norm = nn.BatchNorm2d(middle)
        self.expand = nn.Sequential(nn.Conv2d(middle, made, 1, groups=groups, bias=False), nn.BatchNorm2d(made))
        self.pool = nn.AvgPool2d(3, 2, 1)

    def shuffle(self, x):
        batch, channels, height, width = x.shape
        x = x.reshape(batch, self.groups, channels // self.groups, height, width)
        return x.transpose(1, 2).reshape(batch, channels, height, width)

    def forward(self, x):
        out = self.expand(self.norm(self.depthwise(self.shuffle(self.squeeze(x)))))
        if not self.halve:
            return F.relu(out + x)
        return torch.cat([self.pool(x), F.relu(out)], 1)
