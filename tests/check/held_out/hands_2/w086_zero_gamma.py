# residua-test: wrong target=ResNetZ
# What is wrong: every BatchNorm weight (also the stem's and the projections') is zeroed, not only the last of each branch: the output does not depend on the input and nothing but the head bias learns
import torch
import torch.nn as nn


class Basic(nn.Module):
    def __init__(self, ci, co, s):
        super().__init__()
        self.conv1 = nn.Conv2d(ci, co, 3, s, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(co)
        self.conv2 = nn.Conv2d(co, co, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(co)
        self.sc = nn.Sequential()
        if s != 1 or ci != co:
            self.sc = nn.Sequential(nn.Conv2d(ci, co, 1, s, bias=False), nn.BatchNorm2d(co))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.sc(x))


class ResNetZ(nn.Module):
    def __init__(self, num_classes=10, zero_init_residual=True):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.stem_bn = nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(Basic(16, 16, 1), Basic(16, 32, 2), Basic(32, 64, 2))
        self.fc = nn.Linear(64, num_classes)
        if zero_init_residual:
            self.zero_init()

    def zero_init(self):
        for m in self.modules():  # expect
            if isinstance(m, nn.BatchNorm2d):  # expect
                nn.init.zeros_(m.weight)  # expect: R181

    def forward(self, x):
        x = torch.relu(self.stem_bn(self.stem(x)))
        x = self.blocks(x)
        return self.fc(x.mean((2, 3)))
