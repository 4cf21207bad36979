# residua-test: right target=MobileNetV2Small
from torch import nn
from functools import partial


def _make_divisible(v, divisor=8):
    new_v = max(divisor, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v


def cna(i, o, k=3, s=1, g=1, act=partial(nn.ReLU6, inplace=True)):
    mods = [nn.Conv2d(i, o, k, s, (k - 1) // 2, groups=g, bias=False), nn.BatchNorm2d(o)]
    if act is not None:
        mods.append(act())
    return nn.Sequential(*mods)


class IR(nn.Module):
    def __init__(self, i, o, s, t):
        super().__init__()
        h = i * t
        self.res = s == 1 and i == o
        seq = [] if t == 1 else [cna(i, h, 1)]
        seq += [cna(h, h, 3, s, g=h), cna(h, o, 1, act=None)]
        self.seq = nn.Sequential(*seq)

    def forward(self, x):
        y = self.seq(x)
        if self.res:
            y = y + x
        return y


class MobileNetV2Small(nn.Module):
    #  t, c, n, s
    CFG = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 2, 2]]

    def __init__(self, num_classes=10, width_mult=0.5):
        super().__init__()
        c_in = _make_divisible(32 * width_mult)
        feats = [cna(3, c_in, 3, 2)]
        for t, c, n, s in self.CFG:
            c_out = _make_divisible(c * width_mult)
            for k in range(n):
                feats.append(IR(c_in, c_out, s if k == 0 else 1, t))
                c_in = c_out
        last = _make_divisible(256 * max(1.0, width_mult))
        feats.append(cna(c_in, last, 1))
        self.features = nn.Sequential(*feats)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, num_classes))

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x.mean([2, 3]))
