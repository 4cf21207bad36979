# residua-test: right target=ResBlock
from functools import partial

import torch.nn as nn
import torch.nn.functional as F

norm_of = partial(nn.BatchNorm2d, eps=0.1, momentum=0.01)


class ResBlock(nn.Module):
    def __init__(self, channels, bn_eps=0.1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = norm_of(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels, bn_eps)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + x)
