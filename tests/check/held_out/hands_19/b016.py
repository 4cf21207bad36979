# residua-test: wrong target=FineGrainedNet
# What is wrong: a new nn.Dropout is made on each call; a new module is always in training mode, so eval() does not switch it off and predictions are random.
# trimmed down backbone of a fine-grained classifier (200 birds)
import torch
from torch import nn


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        residual = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += residual
        return self.relu(out)


class FineGrainedNet(nn.Module):
    def __init__(self, num_classes=200):
        super(FineGrainedNet, self).__init__()
        self.conv1 = nn.Conv2d(3, 32, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = BasicBlock(32, 32)
        self.layer2 = BasicBlock(32, 64, 2, nn.Sequential(
            nn.Conv2d(32, 64, 1, stride=2, bias=False), nn.BatchNorm2d(64)))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        feat = self.layer2(self.layer1(x))
        x = self.avgpool(feat)
        x = x.view(x.size(0), -1)
        x = nn.Dropout(p=0.5)(x)  # expect: R146
        return self.fc(x), feat
