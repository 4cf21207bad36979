# residua-test: wrong target=BasicBlockD
# What is wrong: ResNet-D shortcut strides twice: average pool and a strided 1x1 convolution
import torch.nn as nn


def conv_bn(i, o, k, s):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o))


class BasicBlockD(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.cb1 = conv_bn(inplanes, planes, 3, stride)
        self.cb2 = conv_bn(planes, planes, 3, 1)
        self.act = nn.ReLU(inplace=True)
        down = []
        if stride != 1:
            down.append(nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False))  # expect
        if stride != 1 or inplanes != planes:
            down += [nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False), nn.BatchNorm2d(planes)]  # expect: R110
        self.down = nn.Sequential(*down)

    def forward(self, x):
        y = self.cb2(self.act(self.cb1(x)))
        y += self.down(x)  # expect
        return self.act(y)
