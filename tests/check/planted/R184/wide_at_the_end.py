# residua-test: wrong target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, increase=False):
        super().__init__()
        self.increase = increase
        self.conv1 = nn.Conv2d(cin, cin, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv2 = nn.Conv2d(cin, cin, 3, padding=1, bias=False)  # expect: R184
        self.bn2 = nn.BatchNorm2d(cin)
        self.wide = nn.Conv2d(cin, cout, 1, bias=False)  # expect: R126

    def forward(self, x):
        out = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + x)
        return self.wide(out) if self.increase else out
