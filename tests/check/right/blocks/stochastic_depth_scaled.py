# residua-test: right target=Blk style='post-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop_rate=0.0):
        super().__init__()
        self.drop_rate = drop_rate
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
        s = self.sc(x)
        y = self.res(x)
        if self.training and self.drop_rate > 0:
            keep = 1.0 - self.drop_rate
            mask = torch.floor(keep + torch.rand(x.shape[0], 1, 1, 1, dtype=x.dtype))
            y = y / keep * mask
        return F.relu(s + y)
