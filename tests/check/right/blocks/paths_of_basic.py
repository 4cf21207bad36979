# residua-test: right target=XBasic
import torch
import torch.nn as nn
import torch.nn.functional as F


class XBasic(nn.Module):
    """Two grouped 3x3 convolutions."""

    def __init__(self, channels, cardinality=8):
        super().__init__()
        assert channels % cardinality == 0
        g = cardinality
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, groups=g, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=g, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(x + y)
