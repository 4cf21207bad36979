# residua-test: right target=ResNet20
import torch
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    def __init__(self, cin, cout, s=1):
        super(Unit, self).__init__()
        self.s = s
        self.extra = cout - cin
        self.c1, self.b1 = nn.Conv2d(cin, cout, 3, s, 1, bias=False), nn.BatchNorm2d(cout)
        self.c2, self.b2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)

    def forward(self, x):
        r = F.relu(self.b1(self.c1(x)))
        r = self.b2(self.c2(r))
        # option A: no parameters in the shortcut
        if self.s > 1:
            x = x[..., ::self.s, ::self.s]
        if self.extra > 0:
            x = F.pad(x, [0, 0, 0, 0, 0, self.extra])
        return F.relu(r.add_(x))


class ResNet20(nn.Module):
    def __init__(self, n=3, classes=10, k=1):
        super(ResNet20, self).__init__()
        self.c0, self.b0 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        last = 16
        for g, w in enumerate([16 * k, 32 * k, 64 * k], 1):
            for i in range(n):
                setattr(self, 'g%d_%d' % (g, i), Unit(last, w, 2 if g > 1 and i == 0 else 1))
                last = w
        self.n = n
        self.lin = nn.Linear(last, classes)
        for m in self.modules():
            if isinstance(m, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(m.weight)

    def forward(self, x):
        x = F.relu(self.b0(self.c0(x)))
        for g in (1, 2, 3):
            for i in range(self.n):
                x = getattr(self, 'g%d_%d' % (g, i))(x)
        return self.lin(x.mean(3).mean(2))
