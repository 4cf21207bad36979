# residua-test: wrong target=LinearInverted args=inp=32,oup=32
# What is wrong: The projection of an inverted residual must be linear; here a ReLU6 follows it, clipping the narrow output before the addition
import torch
import torch.nn as nn


def conv_bn_relu6(cin, cout, k, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(cin, cout, k, stride, k // 2, groups=groups, bias=False),
        nn.BatchNorm2d(cout),
        nn.ReLU6(),
    )


class LinearInverted(nn.Module):
    """MobileNetV2 inverted residual with a linear bottleneck."""

    def __init__(self, inp, oup, stride=1, expand_ratio=6):
        super().__init__()
        hidden = inp * expand_ratio
        self.use_res = stride == 1 and inp == oup
        layers = []
        if expand_ratio != 1:
            layers.append(conv_bn_relu6(inp, hidden, 1))
        layers.append(conv_bn_relu6(hidden, hidden, 3, stride, groups=hidden))
        layers.append(conv_bn_relu6(hidden, oup, 1))  # expect: R106
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        if self.use_res:
            return x + self.conv(x)
        return self.conv(x)
