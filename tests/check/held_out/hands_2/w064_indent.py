# residua-test: wrong target=Block3x3
# What is wrong: the return stands under `if self.downsample is not None`: the identity configuration returns None
import torch.nn as nn


class Block3x3(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super(Block3x3, self).__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)

        out = self.conv2(out)
        out = self.bn2(out)

        if self.downsample is not None:  # expect
            x = self.downsample(x)  # expect
            return self.relu(out + x)  # expect: R161
