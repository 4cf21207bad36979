# residua-test: wrong target=Block right=blocks/depthwise_named slow
from collections import OrderedDict

from torch import nn


class Block(nn.Module):
    def __init__(self, channels, expansion=4):
        super().__init__()
        hidden = channels * expansion
        self.net = nn.Sequential(OrderedDict([
            ("expand", nn.Conv2d(channels, hidden, 1, bias=False)), ("bn1", nn.BatchNorm2d(hidden)), ("act1", nn.ReLU6()),
            ("dw", nn.Conv2d(hidden, hidden, 3, padding=1, bias=False)),  # expect: R224
            ("bn2", nn.BatchNorm2d(hidden)), ("act2", nn.ReLU6()),
            ("project", nn.Conv2d(hidden, channels, 1, bias=False)), ("bn3", nn.BatchNorm2d(channels)),
        ]))

    def forward(self, x):
        return x + self.net(x)
