# residua-test: wrong target=PreActNet
# What is wrong: a pre-activation network needs a last batch norm and ReLU behind the final block; here the raw, un-normalised sum goes into the pooling and the classifier.
'''Pre-activation ResNet, CIFAR version'''
import torch
import torch.nn as nn
import torch.nn.functional as F


class PreActBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Conv2d(in_planes, planes, 1, stride=stride, bias=False)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = self.shortcut(out) if hasattr(self, 'shortcut') else x
        out = self.conv1(out)
        out = self.conv2(F.relu(self.bn2(out)))
        return out + shortcut


class PreActNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.layers = nn.Sequential(
            PreActBlock(16, 16), PreActBlock(16, 16),
            PreActBlock(16, 32, 2), PreActBlock(32, 32),
            PreActBlock(32, 64, 2), PreActBlock(64, 64))
        self.linear = nn.Linear(64, num_classes)

    def forward(self, x):
        out = self.layers(self.conv1(x))
        out = F.adaptive_avg_pool2d(out, 1)  # expect: R137
        out = out.view(out.size(0), -1)
        return self.linear(out)
