# residua-test: wrong target=LinkNetSmall
# What is wrong: the decoder's ReLU output, which autograd needs, is changed in place by += and backward fails
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, i, o, s):
        super(Res, self).__init__()
        self.a = nn.Conv2d(i, o, 3, s, 1, bias=False)
        self.abn = nn.BatchNorm2d(o)
        self.b = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bbn = nn.BatchNorm2d(o)
        self.s = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = F.relu(self.abn(self.a(x)))
        y = self.bbn(self.b(y))
        return F.relu(y + self.s(x))


class Dec(nn.Module):
    """squeeze - upsample - expand, every conv with bn and relu (LinkNet decoder)"""

    def __init__(self, i, o):
        super(Dec, self).__init__()
        m = i // 4
        self.net = nn.Sequential(
            nn.Conv2d(i, m, 1), nn.BatchNorm2d(m), nn.ReLU(inplace=True),
            nn.ConvTranspose2d(m, m, 4, 2, 1), nn.BatchNorm2d(m), nn.ReLU(inplace=True),
            nn.Conv2d(m, o, 1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.net(x)


class LinkNetSmall(nn.Module):
    # road segmentation, 3 encoder levels, input divisible by 8
    def __init__(self, num_classes=1):
        super(LinkNetSmall, self).__init__()
        self.e1 = Res(3, 32, 2)
        self.e2 = Res(32, 64, 2)
        self.e3 = Res(64, 128, 2)
        self.d3 = Dec(128, 64)
        self.d2 = Dec(64, 32)
        self.d1 = Dec(32, 16)
        self.out = nn.Conv2d(16, num_classes, 1)

    def forward(self, x):
        e1 = self.e1(x)
        e2 = self.e2(e1)
        e3 = self.e3(e2)
        d3 = self.d3(e3)
        d3 += e2  # expect: R109
        d2 = self.d2(d3) + e1
        d1 = self.d1(d2)
        return self.out(d1)
