# residua-test: wrong target=WrongReassigned
import torch.nn.functional as F
from torch import nn


class WrongReassigned(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.c1 = nn.Conv2d(nin, nout, 3, stride, 1, bias=False)
        self.n1 = nn.BatchNorm2d(nout)
        self.c2 = nn.Conv2d(nout, nout, 3, 1, 1, bias=False)
        self.n2 = nn.BatchNorm2d(nout)
        self.proj = nn.Sequential(nn.Conv2d(nin, nout, 1, stride, bias=False), nn.BatchNorm2d(nout))

    def forward(self, x):
        x = F.relu(self.n1(self.c1(x)))
        identity = x  # found: R198
        x = self.n2(self.c2(x))
        x = x + self.proj(identity)  # expect: R120
        return F.relu(x)
