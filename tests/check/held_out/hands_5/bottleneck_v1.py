# residua-test: wrong target=Bottleneck args=in_planes=256,planes=128,stride=2
# What is wrong: The projection has no stride, so with stride 2 it keeps the input size while the branch is halved, and the addition crashes
import torch
import torch.nn as nn


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        out_planes = planes * self.expansion
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, out_planes, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_planes)
        self.relu = nn.ReLU(inplace=True)
        self.projection = None
        if stride != 1 or in_planes != out_planes:
            self.projection = nn.Sequential(
                nn.Conv2d(in_planes, out_planes, kernel_size=1, bias=False),  # expect: R110
                nn.BatchNorm2d(out_planes),
            )

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.projection is not None:
            identity = self.projection(x)
        out = out + identity  # expect
        return self.relu(out)
