# residua-test: right target=UNet style=network
import torch
import torch.nn as nn
import torch.nn.functional as F


class RB(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.p = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        return F.relu(self.c2(F.relu(self.c1(x))) + self.p(x))


class UNet(nn.Module):
    """Sides are multiples of 4."""

    def __init__(self, in_channels=3, num_classes=2):
        super().__init__()
        self.e1, self.e2, self.m = RB(in_channels, 16), RB(16, 32), RB(32, 64)
        self.u2, self.u1 = nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)
        self.d2, self.d1 = RB(64, 32), RB(32, 16)
        self.out = nn.Conv2d(16, num_classes, 1)

    def forward(self, x):
        a = self.e1(x)
        b = self.e2(F.max_pool2d(a, 2))
        m = self.m(F.max_pool2d(b, 2))
        y = self.d2(torch.cat((self.u2(m), b), 1))
        y = self.d1(torch.cat((self.u1(y), a), 1))
        return self.out(y)
