# residua-test: right target=RightWide
import torch
import torch.nn as nn
import torch.nn.functional as F


class RightWide(nn.Module):
    def __init__(self, num_classes=10, k=2):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.blocks = nn.Sequential(Pre(16, 16 * k), Pre(16 * k, 32 * k, 2), Pre(32 * k, 64 * k, 2))
        self.bn = nn.BatchNorm2d(64 * k)
        self.fc = nn.Linear(64 * k, num_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.blocks(self.conv(x))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Pre(nn.Module):
    def __init__(self, i, o, s=1):
        super().__init__()
        self.b1, self.c1 = nn.BatchNorm2d(i), nn.Conv2d(i, o, 3, s, 1, bias=False)
        self.b2, self.c2 = nn.BatchNorm2d(o), nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.sc = nn.Conv2d(i, o, 1, s, bias=False) if i != o or s != 1 else None

    def forward(self, x):
        h = F.relu(self.b1(x))
        r = x if self.sc is None else self.sc(h)
        return self.c2(F.relu(self.b2(self.c1(h)))) + r
