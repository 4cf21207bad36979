# residua-test: right target=Reduce
import torch
import torch.nn as nn


class Reduce(nn.Module):
    """Pools, and puts what the convolution makes beside what was pooled."""

    def __init__(self, channels, use_norm=True, act="relu"):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(channels) if use_norm else nn.Identity()
        self.act = nn.ReLU() if act == "relu" else nn.GELU()
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.mix = nn.Conv2d(2 * channels, 2 * channels, 1)

    def forward(self, x):
        both = torch.cat([self.act(self.norm(self.conv(x))), self.pool(x)], 1)
        return both + self.mix(both)
