# residua-test: right target=ResNetDBlock
import torch
import torch.nn as nn


class ResNetDBlock(nn.Module):
    """Bottleneck of ResNet-D: stride in the 3x3, average pooling in the shortcut."""

    def __init__(self, cin=64, planes=32, stride=2, expansion=4):
        super().__init__()
        cout = planes * expansion
        self.main = nn.Sequential(
            nn.Conv2d(cin, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(inplace=True),
            nn.Conv2d(planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(inplace=True),
            nn.Conv2d(planes, cout, 1, bias=False), nn.BatchNorm2d(cout))
        shortcut = []
        if stride != 1:
            shortcut.append(nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False))
        if cin != cout:
            shortcut += [nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout)]
        self.shortcut = nn.Sequential(*shortcut)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.main(x) + self.shortcut(x))
