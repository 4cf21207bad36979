# residua-test: right target=Net
import torch
import torch.nn as nn


class Two(nn.Module):
    expansion = 1

    def __init__(self, i, p, s=1):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(i, p, 3, s, 1, bias=False), nn.BatchNorm2d(p)
        self.c2, self.b2 = nn.Conv2d(p, p, 3, 1, 1, bias=False), nn.BatchNorm2d(p)
        self.down = nn.Identity()
        if s != 1 or i != p:
            self.down = nn.Sequential(nn.Conv2d(i, p, 1, s, bias=False), nn.BatchNorm2d(p))

    def forward(self, x):
        return torch.relu(self.b2(self.c2(torch.relu(self.b1(self.c1(x))))) + self.down(x))


class Three(nn.Module):
    expansion = 4

    def __init__(self, i, p, s=1):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(i, p, 1, bias=False), nn.BatchNorm2d(p)
        self.c2, self.b2 = nn.Conv2d(p, p, 3, s, 1, bias=False), nn.BatchNorm2d(p)
        self.c3, self.b3 = nn.Conv2d(p, 4 * p, 1, bias=False), nn.BatchNorm2d(4 * p)
        self.down = nn.Identity()
        if s != 1 or i != 4 * p:
            self.down = nn.Sequential(nn.Conv2d(i, 4 * p, 1, s, bias=False), nn.BatchNorm2d(4 * p))

    def forward(self, x):
        y = torch.relu(self.b1(self.c1(x)))
        y = torch.relu(self.b2(self.c2(y)))
        return torch.relu(self.b3(self.c3(y)) + self.down(x))


class Net(nn.Module):
    def __init__(self, depth=32, bottleneck=False, num_classes=10):
        super().__init__()
        kind = Three if bottleneck else Two
        n = (depth - 2) // 9 if bottleneck else (depth - 2) // 6
        self.wide = 16
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.stages = nn.Sequential(*[self._stage(kind, 16 * 2 ** i, n, 1 if i == 0 else 2) for i in range(3)])
        self.fc = nn.Linear(self.wide, num_classes)

    def _stage(self, kind, planes, n, stride):
        units = []
        for k in range(n):
            units.append(kind(self.wide, planes, stride if k == 0 else 1))
            self.wide = planes * kind.expansion
        return nn.Sequential(*units)

    def forward(self, x):
        return self.fc(self.stages(self.stem(x)).mean((2, 3)))
