# residua-test: right target=RightFusedMB
from torch import nn


class RightFusedMB(nn.Module):
    def __init__(self, cin, cout, expand=4, stride=1, se=0.25):
        super().__init__()
        mid = cin * expand
        self.expand = nn.Sequential(nn.Conv2d(cin, mid, 3, stride, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.se = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(mid, int(cin * se), 1), nn.SiLU(), nn.Conv2d(int(cin * se), mid, 1), nn.Sigmoid())
        self.project = nn.Sequential(nn.Conv2d(mid, cout, 1, bias=False), nn.BatchNorm2d(cout))
        self.add = cin == cout and stride == 1

    def forward(self, inputs):
        h = self.expand(inputs)
        h = self.project(h * self.se(h))
        return inputs + h if self.add else h
