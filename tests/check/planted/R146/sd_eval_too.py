# residua-test: wrong target=Blk
import torch
import torch.nn as nn
import torch.nn.functional as F


class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop=0.2):
        super().__init__()
        self.drop = drop
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
        m = (torch.rand(x.shape[0], 1, 1, 1, device=x.device) > self.drop).float()  # expect: R146
        return F.relu(s + y * m / (1 - self.drop))  # expect
