# residua-test: wrong target=resnet18
# What is wrong: [2, 2, 2, 1] is not ResNet-18: the last stage has one block, the network has 16 weight layers
import torch
import torch.nn as nn


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, layers, num_classes=1000):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
                                  nn.MaxPool2d(3, 2, 1))
        blocks, c = [], 64
        for i, n in enumerate(layers):
            for j in range(n):
                out = 64 * 2 ** i
                blocks.append(BasicBlock(c, out, 2 if i > 0 and j == 0 else 1))
                c = out
        self.body = nn.Sequential(*blocks)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(c, num_classes)

    def forward(self, x):
        x = self.avgpool(self.body(self.stem(x)))
        return self.fc(torch.flatten(x, 1))


def resnet18(num_classes=1000):  # expect
    """ResNet-18 from "Deep Residual Learning for Image Recognition"."""
    return ResNet([2, 2, 2, 1], num_classes)  # expect: R140
