# residua-test: wrong target=build_net args=depth=3
# What is wrong: the same key is used in every turn of the loop, so the dict holds only the last block: depth blocks become one
from collections import OrderedDict
import torch
import torch.nn as nn


class PlainRes(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(y)))


def build_net(width=32, depth=5, num_classes=10):
    """A residual net with `depth` blocks."""
    layers = OrderedDict()
    layers["stem"] = nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False)
    layers["stem_bn"] = nn.BatchNorm2d(width)
    layers["stem_relu"] = nn.ReLU()
    for i in range(depth):  # expect
        layers["block"] = PlainRes(width)  # expect: R177
    layers["pool"] = nn.AdaptiveAvgPool2d(1)
    layers["flat"] = nn.Flatten()
    layers["fc"] = nn.Linear(width, num_classes)
    return nn.Sequential(layers)
