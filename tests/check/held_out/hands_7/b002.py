# residua-test: wrong target=SmallImageResNet
# What is wrong: The option-A shortcut pads planes // 4 on each side, which is right only when the width doubles; with widen=4 (16 -> 64) the padded shortcut has 48 channels and the sum fails.
import torch
import torch.nn as nn
import torch.nn.functional as F


class PadShortcut(nn.Module):
    """no parameters: take every stride-th pixel, fill up with zero channels"""

    def __init__(self, planes, stride):
        super().__init__()
        self.stride = stride
        self.side = planes // 4  # expect: R114

    def forward(self, x):
        x = x[:, :, ::self.stride, ::self.stride]
        return F.pad(x, (0, 0, 0, 0, self.side, self.side))


class Basic(nn.Module):
    def __init__(self, in_planes, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        changes = stride != 1 or in_planes != planes
        self.shortcut = PadShortcut(planes, stride) if changes else nn.Identity()

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        return F.relu(h + self.shortcut(x))


class SmallImageResNet(nn.Module):
    """n blocks per stage; widen multiplies the widths of the stages (not of the first convolution)"""

    def __init__(self, n=1, widen=1, num_classes=10):
        super().__init__()
        planes = 16
        self.first = nn.Sequential(nn.Conv2d(3, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU())
        blocks = []
        for stage in range(3):
            out = (16 << stage) * widen
            for i in range(n):
                blocks.append(Basic(planes, out, 2 if stage and i == 0 else 1))
                planes = out
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(planes, num_classes)

    def forward(self, x):
        x = self.blocks(self.first(x))
        return self.linear(x.mean((2, 3)))
