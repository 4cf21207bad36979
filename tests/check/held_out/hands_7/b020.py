# residua-test: right target=MnistNet
import torch
from torch import nn


class Residual(nn.Sequential):
    """The modules in a row, plus a shortcut around them."""

    def forward(self, input):
        return input + super().forward(input)


class ResidualWithShortcut(Residual):
    def __init__(self, *args, shortcut):
        super().__init__(*args)
        self.add_module("shortcut", shortcut)

    def forward(self, input):
        x = input
        for name, m in self._modules.items():
            if name != "shortcut":
                x = m(x)
        return x + self.shortcut(input)


def conv(i, o, **kw):
    return nn.Conv2d(i, o, 3, padding=1, **kw)


class MnistNet(nn.Sequential):
    def __init__(self, c=16, classes=10):
        super().__init__(
            nn.Conv2d(1, c, 1),
            Residual(nn.ReLU(), conv(c, c), nn.ReLU(), conv(c, c)),
            nn.MaxPool2d(2),
            # a residual block inside of a residual block
            Residual(nn.ReLU(), conv(c, c), Residual(nn.ReLU(), conv(c, c), nn.ReLU(), conv(c, c)), nn.ReLU(), conv(c, c)),
            ResidualWithShortcut(nn.ReLU(), conv(c, 2 * c, stride=2), nn.ReLU(), conv(2 * c, 2 * c),
                                 shortcut=nn.Conv2d(c, 2 * c, 1, stride=2)),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(2 * c, classes),
        )
