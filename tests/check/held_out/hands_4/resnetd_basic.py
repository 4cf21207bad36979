# residua-test: wrong target=ResNetDBasicBlock args=in_features=32,out_features=64,stride=2
# What is wrong: The pooled shortcut floors odd sizes (no ceil_mode) while the padded 3x3 stride-2 convolution rounds up, so odd feature maps (e.g. 240 px images -> 15) fail at the sum
from collections import OrderedDict

import torch
from torch import nn


class ConvBnAct(nn.Sequential):
    def __init__(self, in_features: int, out_features: int, activation=nn.ReLU, **kwargs):
        super().__init__(OrderedDict(conv=nn.Conv2d(in_features, out_features, bias=False, **kwargs),
                                     bn=nn.BatchNorm2d(out_features)))
        if activation is not None:
            self.add_module('act', activation())


class ResNetShorcutD(nn.Sequential):
    """Shortcut of the bag-of-tricks paper: average pool, then 1x1 convolution."""

    def __init__(self, in_features: int, out_features: int, stride: int = 2):
        layers = OrderedDict()
        if stride != 1:
            layers['pool'] = nn.AvgPool2d(kernel_size=2, stride=stride)  # expect: R148
        layers['conv'] = nn.Conv2d(in_features, out_features, kernel_size=1, bias=False)
        layers['bn'] = nn.BatchNorm2d(out_features)
        super().__init__(layers)


class ResNetDBasicBlock(nn.Module):
    def __init__(self, in_features: int, out_features: int, stride: int = 1, activation=nn.ReLU):
        super().__init__()
        self.block = nn.Sequential(
            ConvBnAct(in_features, out_features, activation, kernel_size=3, stride=stride, padding=1),
            ConvBnAct(out_features, out_features, None, kernel_size=3, padding=1),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or in_features != out_features:
            self.shortcut = ResNetShorcutD(in_features, out_features, stride)
        self.act = activation()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        res = self.shortcut(x)
        x = self.block(x)
        x = x + res
        return self.act(x)
