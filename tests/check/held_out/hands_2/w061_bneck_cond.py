# residua-test: wrong target=BottleneckV2
# What is wrong: the projection test compares in_planes with planes instead of planes * expansion
import torch
import torch.nn as nn


class BottleneckV2(nn.Module):
    expansion = 4

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        out_planes = planes * self.expansion
        self.bn1, self.conv1 = nn.BatchNorm2d(in_planes), nn.Conv2d(in_planes, planes, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(planes), nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn3, self.conv3 = nn.BatchNorm2d(planes), nn.Conv2d(planes, out_planes, 1, bias=False)
        self.project = None
        if stride != 1 or in_planes != planes:  # expect: R114
            self.project = nn.Conv2d(in_planes, out_planes, 1, stride, bias=False)

    def forward(self, x):
        a = torch.relu(self.bn1(x))
        s = x if self.project is None else self.project(a)
        y = self.conv1(a)
        y = self.conv2(torch.relu(self.bn2(y)))
        y = self.conv3(torch.relu(self.bn3(y)))
        return y + s  # expect
