# residua-test: wrong target=DeepResNet right=networks/neck_sequential slow
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv_bn(cin, cout, k, s=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, s, k // 2, bias=False), nn.BatchNorm2d(cout))


class Neck(nn.Module):
    def __init__(self, cin, mid, cout, s=1):
        super().__init__()
        self.left = nn.Sequential(
            conv_bn(cin, mid, 1),
            nn.ReLU(),
            conv_bn(mid, mid, 3, s),
            nn.ReLU(),
            conv_bn(mid, cout, 1),
        )
        self.right = conv_bn(cin, cout, 1, s) if s != 1 or cin != cout else nn.Identity()

    def forward(self, x):
        return F.relu(self.left(x) + self.right(x))


class DeepResNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.net = nn.Sequential(
            conv_bn(3, 16, 3), nn.ReLU(),
            Neck(16, 8, 16),  # expect: R141
            Neck(16, 16, 32, 2),
            Neck(32, 32, 64, 2),
            Neck(64, 64, 128, 2),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes),
        )

    def forward(self, x):
        return self.net(x)
