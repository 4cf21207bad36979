# residua-test: right target=WRN16 style=network
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    def __init__(self, nin, nout, stride, drop=0.3):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(nin), nn.Conv2d(nin, nout, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(nout), nn.Conv2d(nout, nout, 3, 1, 1, bias=False)
        self.drop = nn.Dropout(drop)
        self.same = nin == nout
        self.short = None if self.same else nn.Conv2d(nin, nout, 1, stride, bias=False)

    def forward(self, x):
        if not self.same:
            x = F.relu(self.bn1(x))
            out = self.conv1(x)
        else:
            out = self.conv1(F.relu(self.bn1(x)))
        out = self.conv2(self.drop(F.relu(self.bn2(out))))
        return (x if self.same else self.short(x)) + out


class WRN16(nn.Module):
    def __init__(self, n_classes=10, k=2):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        sizes = [(16, 16 * k, 1), (16 * k, 32 * k, 2), (32 * k, 64 * k, 2)]
        self.groups = nn.Sequential(*[nn.Sequential(WideBlock(a, b, s), WideBlock(b, b, 1)) for a, b, s in sizes])
        self.bn = nn.BatchNorm2d(64 * k)
        self.fc = nn.Linear(64 * k, n_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.groups(self.conv(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
