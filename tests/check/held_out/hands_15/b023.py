# residua-test: wrong target=CifarResNet
# What is wrong: the first block of a stage is not counted, so every stage has n + 1 blocks and the depth is not 6n + 2
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU()
        self.proj = None
        if stride > 1 or cin != cout:
            self.proj = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False),
                                      nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        s = x if self.proj is None else self.proj(x)
        return self.relu(y + s)


class CifarResNet(nn.Module):
    """ResNet of section 4.2 of the paper: 6n+2 layers,
    n=3 -> ResNet-20, n=5 -> ResNet-32, n=9 -> ResNet-56.

    Each of the three stages holds exactly n blocks of two convs.
    """

    def __init__(self, n=3, num_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.stage1 = self._stage(16, 16, n, 1)
        self.stage2 = self._stage(16, 32, n, 2)
        self.stage3 = self._stage(32, 64, n, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, num_classes)

    @staticmethod
    def _stage(cin, cout, n, stride):
        blocks = [Block(cin, cout, stride)]
        for _ in range(0, n):  # expect: R227
            blocks.append(Block(cout, cout, 1))
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = self.relu(self.bn(self.conv(x)))
        x = self.stage3(self.stage2(self.stage1(x)))
        return self.fc(self.pool(x).flatten(1))
