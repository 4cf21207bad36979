# residua-test: right target=CifarResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class LambdaLayer(nn.Module):
    def __init__(self, lambd):
        super(LambdaLayer, self).__init__()
        self.lambd = lambd

    def forward(self, x):
        return self.lambd(x)


class ResBasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super(ResBasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu2 = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or inplanes != planes:
            front = (planes - inplanes) // 2
            back = planes - inplanes - front
            self.shortcut = LambdaLayer(
                lambda x: F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, front, back), "constant", 0))

    def forward(self, x):
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        out = self.relu2(out)
        return out


class CifarResNet(nn.Module):
    def __init__(self, depth, num_classes=10):
        super(CifarResNet, self).__init__()
        assert (depth - 2) % 6 == 0, 'depth should be 6n+2'
        num_layer = (depth - 2) // 6
        self.inplanes = 16
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = self._make_layer(16, num_layer, 1)
        self.layer2 = self._make_layer(32, num_layer, 2)
        self.layer3 = self._make_layer(64, num_layer, 2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.linear = nn.Linear(64, num_classes)

    def _make_layer(self, planes, blocks_num, stride):
        layers = []
        for s in [stride] + [1] * (blocks_num - 1):
            layers.append(ResBasicBlock(self.inplanes, planes, s))
            self.inplanes = planes
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        for i in range(1, 4):
            x = getattr(self, 'layer%d' % i)(x)
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        return self.linear(x)
