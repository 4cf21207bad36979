# residua-test: wrong target=CifarResNet args=depth=110
# What is wrong: Bottleneck blocks have three layers, so n must be (depth-2)//9; with //6 the net called 110 has 18 bottlenecks a stage, i.e. 164 layers
import torch
import torch.nn as nn


class TwoLayer(nn.Module):
    expansion = 1

    def __init__(self, cin, planes, stride):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(cin, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
            nn.Conv2d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes))
        self.s = nn.Identity() if stride == 1 and cin == planes else nn.Sequential(
            nn.Conv2d(cin, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        return torch.relu(self.f(x) + self.s(x))


class ThreeLayer(nn.Module):
    expansion = 4

    def __init__(self, cin, planes, stride):
        super().__init__()
        out = planes * 4
        self.f = nn.Sequential(
            nn.Conv2d(cin, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
            nn.Conv2d(planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
            nn.Conv2d(planes, out, 1, bias=False), nn.BatchNorm2d(out))
        self.s = nn.Identity() if stride == 1 and cin == out else nn.Sequential(
            nn.Conv2d(cin, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return torch.relu(self.f(x) + self.s(x))


class CifarResNet(nn.Module):
    """CIFAR ResNet of the given number of weighted layers; bottlenecks from 44 on."""

    def __init__(self, depth=110, num_classes=10):
        super().__init__()
        assert (depth - 2) % 6 == 0  # expect
        n = (depth - 2) // 6  # expect: R140
        block = ThreeLayer if depth >= 44 else TwoLayer  # expect
        layers, cin = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
        for planes, stride in ((16, 1), (32, 2), (64, 2)):
            for i in range(n):
                layers.append(block(cin, planes, stride if i == 0 else 1))
                cin = planes * block.expansion
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(cin, num_classes)

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))
