# residua-test: wrong target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1, bias=False):
        super().__init__()
        wide = cin if cin == cout else 2 * cin
        self.conv1 = nn.Conv2d(cin, wide, 3, stride=stride, padding=1, bias=bias)
        self.bn1 = nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, bias=False)  # expect: R184
        self.bn2 = nn.BatchNorm2d(wide)
        self.skip = nn.Sequential()
        if stride != 1 or cin != cout:
            self.skip = nn.Sequential(nn.Conv2d(cin, wide, 1, stride=stride, bias=False), nn.BatchNorm2d(wide))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.skip(x))
