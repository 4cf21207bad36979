# residua-test: wrong target=SRNet
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, nf, act=nn.PReLU()):  # expect: R196
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, padding=1)
        self.act = act
        self.conv2 = nn.Conv2d(nf, nf, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(self.act(self.conv1(x)))


class SRNet(nn.Module):
    def __init__(self, in_nc=3, nf=16, nb=3):
        super().__init__()
        self.first = nn.Conv2d(in_nc, nf, 3, padding=1)
        self.body = nn.Sequential(*[ResBlock(nf) for _ in range(nb)])
        self.last = nn.Conv2d(nf, in_nc, 3, padding=1)

    def forward(self, x):
        f = self.first(x)
        return self.last(f + self.body(f))
