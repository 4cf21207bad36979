# residua-test: wrong target=BottleneckD
# What is wrong: The pooled shortcut uses AvgPool2d(2) with floor rounding while the strided conv rounds up, so for odd feature sizes the sum fails
import torch
from torch import nn
from functools import partial

conv1 = partial(nn.Conv2d, kernel_size=1, bias=False)
conv3 = partial(nn.Conv2d, kernel_size=3, padding=1, bias=False)


class BottleneckD(nn.Module):
    """ResNet-D bottleneck: stride sits on the 3x3, the shortcut is pooled before its 1x1.

    Works on feature maps of any height and width.
    """

    reduction = 4

    def __init__(self, in_features: int, features: int, stride: int = 1):
        super().__init__()
        out_features = features * self.reduction
        self.block = nn.Sequential(
            conv1(in_features, features),
            nn.BatchNorm2d(features),
            nn.ReLU(),
            conv3(features, features, stride=stride),
            nn.BatchNorm2d(features),
            nn.ReLU(),
            conv1(features, out_features),
            nn.BatchNorm2d(out_features),
        )
        layers = []
        if stride > 1:
            layers.append(nn.AvgPool2d(stride, stride))  # expect: R148
        if in_features != out_features or stride > 1:
            layers += [conv1(in_features, out_features), nn.BatchNorm2d(out_features)]
        self.shortcut = nn.Sequential(*layers)
        self.act = nn.ReLU()

    def forward(self, x):
        res = self.shortcut(x)
        x = self.block(x)
        x = x + res
        return self.act(x)
