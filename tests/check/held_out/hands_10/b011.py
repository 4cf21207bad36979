# residua-test: right target=FixupNet
import math

import torch
from torch import nn
from torch.nn import functional as F


class Bias(nn.Module):
    def __init__(self):
        super().__init__()
        self.b = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return x + self.b


class FixupUnit(nn.Module):
    def __init__(self, cin, cout, stride, total_units):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b1, self.b2, self.b3, self.b4 = Bias(), Bias(), Bias(), Bias()
        self.gain = nn.Parameter(torch.ones(()))
        self.stride, self.new = stride, cout - cin

        # m = 2 convs per branch: L^(-1/(2m-2)) = L^(-1/2); the last conv is zero
        std = math.sqrt(2. / (cout * 9)) / math.sqrt(total_units)
        nn.init.normal_(self.c1.weight, 0., std)
        nn.init.zeros_(self.c2.weight)

    def forward(self, x):
        y = F.relu(self.b2(self.c1(self.b1(x))))
        y = self.b4(self.gain * self.c2(self.b3(y)))
        if self.stride > 1:
            x = F.avg_pool2d(x, 1, self.stride)
        if self.new:
            x = F.pad(x, (0, 0, 0, 0, 0, self.new))
        return F.relu(x + y)


class FixupNet(nn.Module):
    """CIFAR ResNet without any normalization"""

    def __init__(self, layers=(3, 3, 3), classes=10):
        super().__init__()
        L = sum(layers)
        self.stem = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.stem_bias = Bias()
        units, c = [], 16
        for i, n in enumerate(layers):
            for j in range(n):
                w = 16 << i
                units.append(FixupUnit(c, w, 2 if i and not j else 1, L))
                c = w
        self.units = nn.Sequential(*units)
        self.head_bias = Bias()
        self.head = nn.Linear(c, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        x = F.relu(self.stem_bias(self.stem(x)))
        x = self.units(x).mean((2, 3))
        return self.head(self.head_bias(x))
