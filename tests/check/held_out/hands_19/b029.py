# residua-test: right target=WideResNet
# Why it is right: in a wide ResNet the projection reads the pre-activated tensor while identity blocks add the raw input, and a last norm and ReLU close the network.
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    def __init__(self, in_planes, out_planes, stride, dropRate=0.0):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(in_planes, out_planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_planes)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_planes, out_planes, 3, stride=1, padding=1, bias=False)
        self.droprate = dropRate
        self.equalInOut = in_planes == out_planes
        self.convShortcut = (not self.equalInOut) and nn.Conv2d(
            in_planes, out_planes, 1, stride=stride, padding=0, bias=False) or None

    def forward(self, x):
        if not self.equalInOut:
            x = self.relu1(self.bn1(x))
        else:
            out = self.relu1(self.bn1(x))
        out = self.relu2(self.bn2(self.conv1(out if self.equalInOut else x)))
        if self.droprate > 0:
            out = F.dropout(out, p=self.droprate, training=self.training)
        out = self.conv2(out)
        return torch.add(x if self.equalInOut else self.convShortcut(x), out)


class WideResNet(nn.Module):
    def __init__(self, depth=10, num_classes=10, widen_factor=2, dropRate=0.3):
        super().__init__()
        n = (depth - 4) // 6
        c = [16] + [w * widen_factor for w in (16, 32, 64)]
        self.conv1 = nn.Conv2d(3, c[0], 3, padding=1, bias=False)
        blocks = []
        for g in range(3):
            for i in range(n):
                blocks.append(BasicBlock(c[g] if i == 0 else c[g + 1], c[g + 1],
                                         2 if g > 0 and i == 0 else 1, dropRate))
        self.blocks = nn.Sequential(*blocks)
        self.bn = nn.BatchNorm2d(c[3])
        self.fc = nn.Linear(c[3], num_classes)

    def forward(self, x):
        out = F.relu(self.bn(self.blocks(self.conv1(x))), inplace=True)
        return self.fc(F.adaptive_avg_pool2d(out, 1).flatten(1))
