# residua-test: right target=Inverted
import torch
from torch import nn


class Inverted(nn.Module):
    def __init__(self, inp, oup, stride=1, expand_ratio=4):
        super().__init__()
        hidden = inp * expand_ratio
        self.adds = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            nn.Conv2d(inp, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, oup, 1, bias=False),
            nn.BatchNorm2d(oup),
        )

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)
