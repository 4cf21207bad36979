# residua-test: wrong target=WrongSkipBoth
from torch import nn
from torch.nn import functional as F


class WrongSkipBoth(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.c1 = nn.Conv2d(nin, nout, 3, stride=stride, padding=1)
        self.c2 = nn.Conv2d(nout, nout, 3, stride=stride, padding=1)  # expect: R111
        self.sc = nn.Conv2d(nin, nout, 1, stride=stride) if stride > 1 or nin != nout else nn.Identity()

    def forward(self, x):
        return F.relu(self.sc(x) + self.c2(F.relu(self.c1(x))))
