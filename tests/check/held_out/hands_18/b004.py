# residua-test: right target=PreActBlock
import torch
from torch import nn


def bn_relu_conv(cin, cout, stride=1):
    return nn.ModuleDict({
        'bn': nn.BatchNorm2d(cin),
        'conv': nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False),
    })


class PreActBlock(nn.Module):
    # full pre-activation: when the shape changes, the first bn+relu is common to
    # both paths; otherwise the raw x goes round

    def __init__(self, in_planes, planes, stride=1):
        super(PreActBlock, self).__init__()
        self.first = bn_relu_conv(in_planes, planes, stride)
        self.second = bn_relu_conv(planes, planes)
        changes = stride != 1 or in_planes != planes
        if changes:
            self.shortcut = nn.Conv2d(in_planes, planes, 1, stride=stride, bias=False)

    def forward(self, x):
        pre = self.first['bn'](x).relu()
        y = self.first['conv'](pre)
        y = self.second['conv'](self.second['bn'](y).relu())
        if hasattr(self, 'shortcut'):
            y += self.shortcut(pre)
        else:
            y += x
        return y
