# residua-test: wrong target=ResNet18
# What is wrong: The loop does not count the first block that was already appended, so each stage has three blocks instead of two (ResNet-26, not ResNet-18).
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        return F.relu(y + self.sc(x))


class ResNet18(nn.Module):
    blocks_per_stage = (2, 2, 2, 2)

    def __init__(self, num_classes=10, width=16):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        stages, cin = [], width
        for i, n in enumerate(self.blocks_per_stage):
            cout = width * 2 ** i
            stages.append(self.make_stage(cin, cout, n, stride=1 if i == 0 else 2))
            cin = cout
        self.stages = nn.Sequential(*stages)
        self.fc = nn.Linear(cin, num_classes)

    @staticmethod
    def make_stage(cin, cout, num_blocks, stride):
        blocks = [BasicBlock(cin, cout, stride)]
        for _ in range(num_blocks):  # expect: R140
            blocks.append(BasicBlock(cout, cout, 1))
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = self.stages(F.relu(self.bn(self.conv(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
