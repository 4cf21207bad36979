# residua-test: wrong target=PoolShort
# What is wrong: shortcut pooled to 1x1 and broadcast-added
import torch.nn as nn
import torch.nn.functional as F

class PoolShort(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(True),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.short = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(cin, cout, 1, bias=False))  # expect: R118

    def forward(self, x):
        b = self.body(x)
        s = self.short(x)
        return F.relu(b + s)  # expect: R115
