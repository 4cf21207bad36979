# residua-test: wrong target=PreActNet
# What is wrong: pre-activation network without final BN-ReLU
import torch
import torch.nn as nn
import torch.nn.functional as F

class PreActUnit(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(nn.Conv2d(in_planes, planes, 1, stride, bias=False))
    def forward(self, x):
        o = F.relu(self.bn1(x))
        s = self.shortcut(o) if hasattr(self, 'shortcut') else x
        o = self.conv1(o)
        o = self.conv2(F.relu(self.bn2(o)))
        return o + s

class PreActNet(nn.Module):
    def __init__(self, n_class=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        chans, blocks = 16, []
        for w, s in [(16, 1), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1)]:
            blocks.append(PreActUnit(chans, w, s)); chans = w
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(64, n_class)
    def forward(self, x):
        x = self.blocks(self.conv(x))
        x = F.avg_pool2d(x, x.shape[-1])  # expect: R137
        return self.head(x.view(x.size(0), -1))  # expect
