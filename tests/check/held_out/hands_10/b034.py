# residua-test: right target=ResNet20
import torch.nn as nn
import torch.nn.functional as F


def shortcut_a(cin, cout, stride):
    """identity with subsampling, the missing channels are zeros (half in front, half behind)"""
    front = (cout - cin) // 2
    back = cout - cin - front

    def apply(x):
        return F.pad(x[..., ::stride, ::stride], (0, 0, 0, 0, front, back))
    return apply


class Cell(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.n1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.n2 = nn.BatchNorm2d(cout)
        self.short = shortcut_a(cin, cout, stride) if (cin, stride) != (cout, 1) else None

    def forward(self, x):
        h = F.relu(self.n1(self.c1(x)), inplace=True)
        h = self.n2(self.c2(h))
        h += x if self.short is None else self.short(x)
        return F.relu(h, inplace=True)


class ResNet20(nn.Module):
    """0.27M parameters, as in table 6 of the paper"""

    def __init__(self, n=3, classes=10):
        super().__init__()
        seq = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        c = 16
        for w in (16, 32, 64):
            for i in range(n):
                seq.append(Cell(c, w, 2 if c != w else 1))
                c = w
        self.net = nn.Sequential(*seq)
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        h = self.net(x)
        return self.fc(F.adaptive_avg_pool2d(h, 1)[:, :, 0, 0])
