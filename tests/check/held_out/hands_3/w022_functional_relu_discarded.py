# residua-test: wrong target=Res2d
# What is wrong: the result of F.relu(out) is thrown away, the block returns the pre-activation sum
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res2d(nn.Module):
    """relu(bn(conv(relu(bn(conv(x))))) + skip(x))"""

    def __init__(self, nin, nout, ks=3):
        super().__init__()
        self.c1 = nn.Conv2d(nin, nout, ks, padding=ks // 2, bias=False)
        self.b1 = nn.BatchNorm2d(nout)
        self.c2 = nn.Conv2d(nout, nout, ks, padding=ks // 2, bias=False)
        self.b2 = nn.BatchNorm2d(nout)
        self.skip = nn.Conv2d(nin, nout, 1) if nin != nout else None

    def forward(self, x):
        out = F.relu(self.b1(self.c1(x)))
        out = self.b2(self.c2(out))
        if self.skip is not None:
            x = self.skip(x)
        out = out + x
        F.relu(out)  # expect: R155
        return out  # expect
