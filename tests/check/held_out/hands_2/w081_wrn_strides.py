# residua-test: wrong target=WideResNet
# What is wrong: every block of a stage gets the stage's stride instead of only the first: 32x32 shrinks to 1x1
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.short = None
        if stride != 1 or cin != cout:
            self.short = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        o = F.relu(self.bn1(x))
        s = x if self.short is None else self.short(o)
        o = self.conv2(F.relu(self.bn2(self.conv1(o))))
        return s + o


class WideResNet(nn.Module):
    """WRN-depth-widen_factor for CIFAR."""

    def __init__(self, depth=28, widen_factor=2, num_classes=10):
        super().__init__()
        n = (depth - 4) // 6
        widths = [16, 16 * widen_factor, 32 * widen_factor, 64 * widen_factor]
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.group1 = self._group(widths[0], widths[1], 1, n)
        self.group2 = self._group(widths[1], widths[2], 2, n)
        self.group3 = self._group(widths[2], widths[3], 2, n)
        self.bn = nn.BatchNorm2d(widths[3])
        self.fc = nn.Linear(widths[3], num_classes)

    def _group(self, cin, cout, stride, n):
        blocks = []
        for s in [stride] * n:  # expect
            blocks.append(WideBlock(cin, cout, s))  # expect: R179
            cin = cout
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = self.group3(self.group2(self.group1(self.conv(x))))
        x = F.relu(self.bn(x)).mean((2, 3))
        return self.fc(x)
