# residua-test: wrong target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, expand=False):
        super().__init__()
        out = cout if expand else cin
        self.conv1 = nn.Conv2d(cin, cin, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv2 = nn.Conv2d(cin, out, 3, padding=1, bias=False)  # expect: R184
        self.bn2 = nn.BatchNorm2d(out)
        self.proj = nn.Conv2d(cin, out, 1, bias=False) if expand else nn.Identity()

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.proj(x))
