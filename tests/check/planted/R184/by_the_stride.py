# residua-test: wrong target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.stride = stride
        mid = cout if stride != 1 else cin
        self.conv1 = nn.Conv2d(cin, mid, 3, padding=1, stride=stride, bias=False)
        self.bn1 = nn.BatchNorm2d(mid)
        self.conv2 = nn.Conv2d(mid, mid, 3, padding=1, bias=False)  # expect: R184
        self.bn2 = nn.BatchNorm2d(mid)
        self.proj = nn.Sequential(nn.Conv2d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm2d(cout))  # expect: R126

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + (self.proj(x) if self.stride != 1 else x))
