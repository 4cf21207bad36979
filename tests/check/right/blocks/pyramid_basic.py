# residua-test: right target=PyramidBasic style='pre-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(cin, cout, stride=1, groups=1, dilation=1):
    return nn.Conv2d(cin, cout, 3, stride, dilation, dilation, groups, bias=False)


class PyramidBasic(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inplanes), conv3x3(inplanes, planes, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(planes), conv3x3(planes, planes)
        self.bn3, self.pool = nn.BatchNorm2d(planes), nn.AvgPool2d(2, 2, ceil_mode=True) if stride != 1 else None

    def forward(self, x):
        out = self.bn3(self.conv2(F.relu(self.bn2(self.conv1(self.bn1(x))))))
        s = x if self.pool is None else self.pool(x)
        if out.size(1) != s.size(1):
            pad = torch.zeros(s.size(0), out.size(1) - s.size(1), s.size(2), s.size(3), device=s.device)
            s = torch.cat((s, pad), 1)
        out += s
        return out
