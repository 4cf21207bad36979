# residua-test: right target=DenseSR
import torch
from torch import nn
from torch.nn import functional as F


class Dense(nn.Module):
    def __init__(self, nf, gc, steps=4):
        super().__init__()
        self.grow = nn.ModuleList(nn.Conv2d(nf + i * gc, gc, 3, padding=1) for i in range(steps))
        self.fuse = nn.Conv2d(nf + steps * gc, nf, 3, padding=1)
        for c in (*self.grow, self.fuse):
            nn.init.kaiming_normal_(c.weight)
            with torch.no_grad():
                c.weight *= 0.1
            nn.init.zeros_(c.bias)

    def forward(self, x):
        seen = [x]
        for c in self.grow:
            seen += [F.leaky_relu(c(torch.cat(seen, 1)), 0.2, inplace=True)]
        return torch.add(x, self.fuse(torch.cat(seen, 1)), alpha=0.2)


class Group(nn.Sequential):
    def __init__(self, nf, gc):
        super().__init__(Dense(nf, gc), Dense(nf, gc), Dense(nf, gc))

    def forward(self, x):
        return torch.add(x, super().forward(x), alpha=0.2)


class DenseSR(nn.Module):
    """4x enlargement of RGB images"""

    def __init__(self, nf=16, groups=2, gc=8):
        super().__init__()
        self.first = nn.Conv2d(3, nf, 3, padding=1)
        self.trunk = nn.Sequential(*(Group(nf, gc) for _ in range(groups)), nn.Conv2d(nf, nf, 3, padding=1))
        act = nn.LeakyReLU(0.2, inplace=True)
        up = nn.Upsample(scale_factor=2)
        self.tail = nn.Sequential(
            up, nn.Conv2d(nf, nf, 3, padding=1), act,
            up, nn.Conv2d(nf, nf, 3, padding=1), act,
            nn.Conv2d(nf, nf, 3, padding=1), act, nn.Conv2d(nf, 3, 3, padding=1))

    def forward(self, x):
        f = self.first(x)
        return self.tail(f + self.trunk(f))
