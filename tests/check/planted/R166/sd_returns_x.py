# residua-test: wrong target=Blk
import torch
import torch.nn as nn
import torch.nn.functional as F


class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, keep_prob=0.9):
        super().__init__()
        self.keep_prob = keep_prob
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        if self.training and torch.rand(1) > self.keep_prob:  # expect: R166
            return x  # expect
        y = self.res(x)
        if not self.training:
            y = y * self.keep_prob
        return F.relu(self.sc(x) + y)
