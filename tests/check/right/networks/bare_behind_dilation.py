# residua-test: right target=Dilated
import torch.nn.functional as F
from torch import nn


class Unit(nn.Module):
    def __init__(self, channels, dilation=1, residual=True):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.residual = residual

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.residual:
            out = out + x
        return F.relu(out)


class Dilated(nn.Module):
    """The degridding of Yu 2017: the last blocks have no shortcut."""

    def __init__(self, num_classes=10, width=16):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.plain = nn.Sequential(Unit(width), Unit(width))
        self.wide = nn.Sequential(Unit(width, 2), Unit(width, 2))
        self.last = nn.Sequential(Unit(width, 1, residual=False), Unit(width, 1, residual=False))
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x):
        return self.fc(self.last(self.wide(self.plain(self.stem(x)))).mean((2, 3)))
