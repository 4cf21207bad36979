# residua-test: right target=RightNestedResidual
import torch.nn as nn


class SRUnit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.c = nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch), nn.PReLU(), nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch))

    def forward(self, x):
        return x + self.c(x)


class RightNestedResidual(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.u1, self.u2 = SRUnit(nf), SRUnit(nf)
        self.conv = nn.Conv2d(nf, nf, 3, padding=1)

    def forward(self, x):
        return x + self.conv(self.u2(self.u1(x)))
