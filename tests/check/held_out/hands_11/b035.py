# residua-test: right target=FixupResNet
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def scalar(v=0.0):
    return nn.Parameter(torch.full((1,), v))


class FixupBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bias1a, self.bias1b = scalar(), scalar()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bias2a, self.bias2b = scalar(), scalar()
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.scale = scalar(1.0)
        self.proj = None
        if stride != 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        out = self.conv1(x + self.bias1a)
        out = F.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        identity = x if self.proj is None else self.proj(x + self.bias1a)
        return F.relu(out + identity)


class FixupResNet(nn.Module):
    def __init__(self, layers, num_classes=10, width=16):
        super().__init__()
        self.num_layers = sum(layers)
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bias1 = scalar()
        stages, cin = [], width
        for s, n in enumerate(layers):
            cout = width * 2 ** s
            for i in range(n):
                stages.append(FixupBlock(cin, cout, 2 if i == 0 and s > 0 else 1))
                cin = cout
        self.stages = nn.Sequential(*stages)
        self.bias2 = scalar()
        self.fc = nn.Linear(cin, num_classes)

        for m in self.modules():
            if isinstance(m, FixupBlock):
                fan = m.conv1.weight.shape[0] * 9
                std = math.sqrt(2.0 / fan) * self.num_layers ** -0.5
                nn.init.normal_(m.conv1.weight, 0, std)
                nn.init.zeros_(m.conv2.weight)
                if m.proj is not None:
                    nn.init.normal_(m.proj.weight, 0, math.sqrt(2.0 / m.proj.weight.shape[0]))
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        x = F.relu(self.conv1(x) + self.bias1)
        x = self.stages(x).mean((2, 3))
        return self.fc(x + self.bias2)
