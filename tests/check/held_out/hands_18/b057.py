# residua-test: wrong target=WideResNet
# What is wrong: Every block of a group gets the group's stride instead of only the first one, so each group halves the size n times; with the stated design the last map should be 8x8.
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    def __init__(self, inp, out, stride, dropRate=0.0):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inp)
        self.conv1 = nn.Conv2d(inp, out, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.droprate = dropRate
        self.equalInOut = inp == out and stride == 1
        self.convShortcut = None if self.equalInOut else nn.Conv2d(inp, out, 1, stride, bias=False)

    def forward(self, x):
        h = F.relu(self.bn1(x))
        y = F.relu(self.bn2(self.conv1(h)))
        if self.droprate > 0:
            y = F.dropout(y, p=self.droprate, training=self.training)
        y = self.conv2(y)
        return y + (x if self.equalInOut else self.convShortcut(h))


class NetworkBlock(nn.Module):
    def __init__(self, nb_layers, inp, out, stride, dropRate=0.0):
        super().__init__()
        layers = []
        for i in range(int(nb_layers)):
            layers.append(WideBlock(inp if i == 0 else out, out, stride, dropRate))  # expect: R179
        self.layer = nn.Sequential(*layers)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    """WRN-depth-k for CIFAR: three groups at 32x32, 16x16 and 8x8."""

    def __init__(self, depth=16, num_classes=10, widen_factor=1, dropRate=0.0):
        super().__init__()
        w = [16, 16 * widen_factor, 32 * widen_factor, 64 * widen_factor]
        assert (depth - 4) % 6 == 0
        n = (depth - 4) // 6
        self.conv1 = nn.Conv2d(3, w[0], 3, 1, 1, bias=False)
        self.block1 = NetworkBlock(n, w[0], w[1], 1, dropRate)
        self.block2 = NetworkBlock(n, w[1], w[2], 2, dropRate)
        self.block3 = NetworkBlock(n, w[2], w[3], 2, dropRate)
        self.bn1 = nn.BatchNorm2d(w[3])
        self.fc = nn.Linear(w[3], num_classes)

    def forward(self, x):
        out = self.block3(self.block2(self.block1(self.conv1(x))))
        out = F.relu(self.bn1(out))
        out = F.adaptive_avg_pool2d(out, 1).flatten(1)
        return self.fc(out)
