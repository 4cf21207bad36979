# residua-test: wrong target=MultiScaleBottleneck args=inplanes=64,planes=32,stride=2
# What is wrong: Both the 1x1 entry convolution and the 3x3 split convolutions take the stride, so with stride 2 the branch shrinks by 4 and does not match the shortcut
import math
import torch
import torch.nn as nn


def conv_bn(cin, cout, k, stride=1, act=True):
    layers = [nn.Conv2d(cin, cout, k, stride, k // 2, bias=False), nn.BatchNorm2d(cout)]
    if act:
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class MultiScaleBottleneck(nn.Module):
    """Res2Net-style bottleneck (26w x 4s); strided blocks treat every split on its own."""

    expansion = 4

    def __init__(self, inplanes, planes, stride=1, base_width=26, scale=4):
        super().__init__()
        width = int(math.floor(planes * (base_width / 64.0)))
        self.width, self.scale, self.stride = width, scale, stride
        self.conv1 = conv_bn(inplanes, width * scale, 1, stride=stride)  # expect
        self.convs = nn.ModuleList([conv_bn(width, width, 3, stride=stride) for _ in range(scale - 1)])  # expect: R111
        self.pool = nn.AvgPool2d(3, stride=stride, padding=1) if stride != 1 else nn.Identity()  # expect
        self.conv3 = conv_bn(width * scale, planes * self.expansion, 1, act=False)
        if stride != 1 or inplanes != planes * self.expansion:
            self.shortcut = conv_bn(inplanes, planes * self.expansion, 1, stride=stride, act=False)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        spx = torch.split(self.conv1(x), self.width, 1)
        outs, sp = [], None
        for i, conv in enumerate(self.convs):
            sp = spx[i] if sp is None or self.stride != 1 else sp + spx[i]
            sp = conv(sp)
            outs.append(sp)
        outs.append(self.pool(spx[-1]))
        out = self.conv3(torch.cat(outs, 1))
        return torch.relu(out + self.shortcut(x))  # expect
