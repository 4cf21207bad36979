# residua-test: right target=MobileNetV2
# Why it is right: Inverted residuals: a linear projection at the end, no expansion layer at ratio 1, and a skip only where stride and width allow it.
import torch
import torch.nn as nn


def conv_bn(cin, cout, k=3, s=1, groups=1, act=True):
    mods = [nn.Conv2d(cin, cout, k, s, (k - 1) // 2, groups=groups, bias=False),
            nn.BatchNorm2d(cout)]
    if act:
        mods.append(nn.ReLU6(inplace=True))
    return nn.Sequential(*mods)


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout, stride, t):
        super().__init__()
        mid = cin * t
        self.skip = stride == 1 and cin == cout
        seq = [] if t == 1 else [conv_bn(cin, mid, 1)]
        seq += [conv_bn(mid, mid, 3, stride, groups=mid), conv_bn(mid, cout, 1, act=False)]
        self.conv = nn.Sequential(*seq)

    def forward(self, x):
        y = self.conv(x)
        return x + y if self.skip else y


class MobileNetV2(nn.Module):
    settings = [  # t, c, n, s
        (1, 8, 1, 1), (6, 12, 2, 2), (6, 16, 3, 2)]

    def __init__(self, num_classes=10):
        super().__init__()
        layers, c = [conv_bn(3, 16, 3, 2)], 16
        for t, cout, n, s in self.settings:
            for i in range(n):
                layers.append(InvertedResidual(c, cout, s if i == 0 else 1, t))
                c = cout
        layers.append(conv_bn(c, 64, 1))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(64, num_classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))
