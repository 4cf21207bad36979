# residua-test: right target=PyramidNet args=depth=20,alpha=18
import torch
import torch.nn as nn
import torch.nn.functional as F


class PyramidBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout)
        self.stride, self.grow = stride, cout - cin

    def forward(self, x):
        out = self.conv1(self.bn1(x))
        out = self.bn3(self.conv2(F.relu(self.bn2(out))))
        if self.stride == 2:
            x = F.avg_pool2d(x, 2, ceil_mode=True)
        return out + F.pad(x, (0, 0, 0, 0, 0, self.grow))   # zero-padded identity


class PyramidNet(nn.Module):
    """Additive PyramidNet for CIFAR: the width grows linearly in every block."""

    def __init__(self, depth=110, alpha=48, num_classes=10):
        super().__init__()
        n = (depth - 2) // 6
        step = alpha / (3.0 * n)
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        blocks, c, feat = [], 16, 16.0
        for stage in range(3):
            for j in range(n):
                feat += step
                blocks.append(PyramidBlock(c, int(round(feat)), 2 if stage > 0 and j == 0 else 1))
                c = int(round(feat))
        self.blocks = nn.Sequential(*blocks)
        self.bn_final = nn.BatchNorm2d(c)
        self.fc = nn.Linear(c, num_classes)

    def forward(self, x):
        x = self.bn1(self.conv1(x))
        x = F.relu(self.bn_final(self.blocks(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
