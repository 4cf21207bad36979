# residua-test: wrong target=PreActNet
# What is wrong: A pre-activation network needs a BN-ReLU after the last block; here the raw sum goes to pooling and the classifier
import torch
import torch.nn as nn
import torch.nn.functional as F


class PreActBlock(nn.Module):
    """BN-ReLU-conv twice (He et al., 2016)."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        if stride != 1 or cin != cout:
            self.shortcut = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        skip = self.shortcut(out) if hasattr(self, 'shortcut') else x
        out = self.conv1(out)
        out = self.conv2(F.relu(self.bn2(out)))
        return out + skip


class PreActNet(nn.Module):
    """Full pre-activation ResNet-18 for CIFAR."""

    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        layers, cin = [], 64
        for cout, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)]:
            layers.append(PreActBlock(cin, cout, stride))
            cin = cout
        self.layers = nn.Sequential(*layers)  # expect
        self.linear = nn.Linear(512, num_classes)  # expect

    def forward(self, x):
        out = self.layers(self.conv1(x))  # expect
        out = F.adaptive_avg_pool2d(out, 1).flatten(1)  # expect: R137
        return self.linear(out)  # expect
