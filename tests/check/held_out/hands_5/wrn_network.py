# residua-test: wrong target=WideResNet
# What is wrong: depth 28 should give (28-4)/6 = 4 blocks a stage; dividing by 3 gives 8 blocks a stage, so the network called 28 deep is 52 deep
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    def __init__(self, cin, cout, stride, p):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.drop = nn.Dropout(p)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.equal = cin == cout and stride == 1
        self.proj = None if self.equal else nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        o = F.relu(self.bn1(x))
        skip = x if self.equal else self.proj(o)
        o = self.conv1(o)
        o = self.conv2(self.drop(F.relu(self.bn2(o))))
        return o + skip


class WideResNet(nn.Module):
    """WRN-depth-widen for CIFAR; depth counts the convolutions (28 in WRN-28-10)."""

    def __init__(self, depth=28, widen=2, num_classes=10, p=0.0):
        super().__init__()
        assert (depth - 4) % 6 == 0
        n = (depth - 4) // 3  # expect: R140
        w = [16, 16 * widen, 32 * widen, 64 * widen]
        self.conv1 = nn.Conv2d(3, w[0], 3, padding=1, bias=False)
        self.block1 = self._stage(n, w[0], w[1], 1, p)
        self.block2 = self._stage(n, w[1], w[2], 2, p)
        self.block3 = self._stage(n, w[2], w[3], 2, p)
        self.bn = nn.BatchNorm2d(w[3])
        self.fc = nn.Linear(w[3], num_classes)

    def _stage(self, n, cin, cout, stride, p):
        return nn.Sequential(*[  # expect
            WideBlock(cin if i == 0 else cout, cout, stride if i == 0 else 1, p) for i in range(n)])  # expect

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        x = F.adaptive_avg_pool2d(F.relu(self.bn(x)), 1).flatten(1)
        return self.fc(x)
