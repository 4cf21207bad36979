# residua-test: wrong target=WideResNet
# What is wrong: After the first block of a group the loop runs over range(1, n - 1) and builds one block too few, so the net has not the depth asked for (n blocks a group, depth 6n+4).
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBasic(nn.Module):
    def __init__(self, in_planes, planes, dropout_rate, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, padding=1, bias=False)
        self.dropout = nn.Dropout(p=dropout_rate)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, kernel_size=1, stride=stride, bias=False))

    def forward(self, x):
        out = self.dropout(self.conv1(F.relu(self.bn1(x))))
        out = self.conv2(F.relu(self.bn2(out)))
        return out + self.shortcut(x)


class WideResNet(nn.Module):
    """WRN-depth-k, depth = 6n + 4, n residual blocks in each of the three groups."""

    def __init__(self, depth=22, widen_factor=1, dropout_rate=0.0, num_classes=10):
        super().__init__()
        assert (depth - 4) % 6 == 0, 'depth should be 6n+4'
        n = (depth - 4) // 6
        k = widen_factor
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1, bias=False)
        self.group1 = self._group(16, 16 * k, n, dropout_rate, stride=1)
        self.group2 = self._group(16 * k, 32 * k, n, dropout_rate, stride=2)
        self.group3 = self._group(32 * k, 64 * k, n, dropout_rate, stride=2)
        self.bn = nn.BatchNorm2d(64 * k)
        self.linear = nn.Linear(64 * k, num_classes)

    @staticmethod
    def _group(in_planes, planes, n, dropout_rate, stride):
        blocks = [WideBasic(in_planes, planes, dropout_rate, stride)]
        for _ in range(1, n - 1):  # expect: R140
            blocks.append(WideBasic(planes, planes, dropout_rate))
        return nn.Sequential(*blocks)

    def forward(self, x):
        out = self.conv1(x)
        out = self.group1(out)
        out = self.group2(out)
        out = self.group3(out)
        out = F.relu(self.bn(out))
        out = out.mean(dim=(2, 3))
        return self.linear(out)
