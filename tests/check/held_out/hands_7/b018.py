# residua-test: right target=ResNetD
import torch
import torch.nn as nn


def cba(i, o, k, s=1, act=True):
    m = [nn.Conv2d(i, o, k, s, (k - 1) // 2, bias=False), nn.BatchNorm2d(o)]
    if act:
        m.append(nn.ReLU(inplace=True))
    return nn.Sequential(*m)


class BottleneckD(nn.Module):
    expansion = 4

    def __init__(self, cin, mid, stride):
        super().__init__()
        cout = mid * self.expansion
        self.branch = nn.Sequential(cba(cin, mid, 1), cba(mid, mid, 3, stride), cba(mid, cout, 1, act=False))
        short = []
        if stride != 1:
            short.append(nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False))
        if cin != cout:
            short.append(cba(cin, cout, 1, act=False))
        self.short = nn.Sequential(*short)
        self.relu = nn.ReLU(inplace=True)
        nn.init.zeros_(self.branch[-1][1].weight)

    def forward(self, x):
        return self.relu(self.short(x) + self.branch(x))


class ResNetD(nn.Module):
    def __init__(self, layers=(1, 2, 1), base=16, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(cba(3, base // 2, 3, 2), cba(base // 2, base // 2, 3), cba(base // 2, base, 3),
                                  nn.MaxPool2d(3, 2, 1))
        body, c = [], base
        for i, n in enumerate(layers):
            for j in range(n):
                body.append(BottleneckD(c, base * 2 ** i, 2 if i and not j else 1))
                c = base * 2 ** i * BottleneckD.expansion
        self.body = nn.Sequential(*body)
        self.fc = nn.Linear(c, num_classes)

    def forward(self, x):
        x = self.body(self.stem(x))
        return self.fc(x.mean((-2, -1)))
