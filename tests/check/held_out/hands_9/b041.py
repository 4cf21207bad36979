# residua-test: wrong target=ResNet34
# What is wrong: The last stage takes layers[2] (6 blocks) instead of layers[3] (3 blocks), so this is not a ResNet-34
import torch
import torch.nn as nn
import torch.nn.functional as F


class identity_block(nn.Module):
    def __init__(self, cin, cout, strides=1):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, strides, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.proj = None
        if strides != 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, 1, strides, bias=False)
            self.proj_bn = nn.BatchNorm2d(cout)

    def forward(self, x):
        y = F.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        if self.proj is not None:
            x = self.proj_bn(self.proj(x))
        return F.relu(x + y)


def stage(cin, cout, n, strides):
    blocks = [identity_block(cin, cout, strides)]
    blocks += [identity_block(cout, cout) for _ in range(n - 1)]
    return nn.Sequential(*blocks)


class ResNet34(nn.Module):
    """the 34 layer network of table 1 of the paper (3, 4, 6 and 3 blocks)"""

    def __init__(self, num_classes=1000, layers=(3, 4, 6, 3)):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.MaxPool2d(3, 2, 1))
        self.conv2_x = stage(64, 64, layers[0], 1)
        self.conv3_x = stage(64, 128, layers[1], 2)
        self.conv4_x = stage(128, 256, layers[2], 2)
        self.conv5_x = stage(256, 512, layers[2], 2)  # expect: R189
        self.fc = nn.Linear(512, num_classes)

    def forward(self, x):
        x = self.stem(x)
        x = self.conv5_x(self.conv4_x(self.conv3_x(self.conv2_x(x))))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x)
