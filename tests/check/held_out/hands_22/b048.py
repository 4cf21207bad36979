# residua-test: wrong target=WideResNet
# What is wrong: F.dropout is called without training=self.training, so the block keeps dropping activations in eval mode.
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBasic(nn.Module):
    def __init__(self, in_planes, planes, dropout_rate, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, 3, padding=1, stride=stride, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.dropout_rate = dropout_rate
        self.equal = in_planes == planes and stride == 1
        self.shortcut = None if self.equal else nn.Conv2d(in_planes, planes, 1, stride=stride, bias=False)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        skip = x if self.equal else self.shortcut(out)
        out = F.relu(self.bn2(self.conv1(out)))
        if self.dropout_rate > 0:
            out = F.dropout(out, p=self.dropout_rate)  # expect: R146
        return self.conv2(out) + skip


class WideResNet(nn.Module):
    def __init__(self, depth=10, widen=1, dropout_rate=0.3, num_classes=100):
        super().__init__()
        n = (depth - 4) // 6
        widths = [16, 16 * widen, 32 * widen, 64 * widen]
        self.conv1 = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        blocks, ch = [], widths[0]
        for w, stride in zip(widths[1:], (1, 2, 2)):
            for i in range(n):
                blocks.append(WideBasic(ch, w, dropout_rate, stride if i == 0 else 1))
                ch = w
        self.blocks = nn.Sequential(*blocks)
        self.bn = nn.BatchNorm2d(ch)
        self.fc = nn.Linear(ch, num_classes)

    def forward(self, x):
        out = F.relu(self.bn(self.blocks(self.conv1(x))))
        return self.fc(out.mean(dim=(2, 3)))
