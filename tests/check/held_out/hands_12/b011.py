# residua-test: wrong target=ResNetSmall
# What is wrong: the zero initialisation of the last norm runs before the general loop, which sets every norm weight back to 1, so zero_init_residual has no effect
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        if stride != 1 or in_planes != planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_planes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + self.downsample(x)
        return self.relu(out)


class ResNetSmall(nn.Module):
    def __init__(self, layers=(2, 2, 2), width=16, num_classes=10, zero_init_residual=False):
        super().__init__()
        self.in_planes = width
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = self._make_layer(width, layers[0], 1)
        self.layer2 = self._make_layer(width * 2, layers[1], 2)
        self.layer3 = self._make_layer(width * 4, layers[2], 2)
        self.fc = nn.Linear(width * 4, num_classes)
        self._init(zero_init_residual)

    def _init(self, zero_init_residual):
        # each residual branch starts at zero, so each block starts as an identity
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, Block):
                    nn.init.constant_(m.bn2.weight, 0)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 1)  # expect: R226
                nn.init.constant_(m.bias, 0)

    def _make_layer(self, planes, n, stride):
        blocks = [Block(self.in_planes, planes, stride)]
        self.in_planes = planes
        for _ in range(1, n):
            blocks.append(Block(planes, planes))
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        x = x.mean(dim=[2, 3])
        return self.fc(x)
