# residua-test: right target=C2f args='c1=32, c2=48, n=2, shortcut=True'
# Why it is right: extend() consumes the generator lazily, so y[-1] is always the newest output and the bottlenecks form a chain, as in YOLOv8.
import torch
from torch import nn


def cbs(c1, c2, k=1):
    return nn.Sequential(nn.Conv2d(c1, c2, k, 1, k // 2, bias=False), nn.BatchNorm2d(c2, 1e-3, 0.03), nn.SiLU(True))


class Bottleneck(nn.Module):
    def __init__(self, c1, c2, shortcut=True, k=(3, 3), e=1.0):
        super().__init__()
        c_ = int(c2 * e)
        self.cv1 = cbs(c1, c_, k[0])
        self.cv2 = cbs(c_, c2, k[1])
        self.add = shortcut and c1 == c2

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.add else y


class C2f(nn.Module):
    def __init__(self, c1, c2, n=1, shortcut=False, e=0.5):
        super().__init__()
        self.c = int(c2 * e)
        self.cv1 = cbs(c1, 2 * self.c)
        self.cv2 = cbs((2 + n) * self.c, c2)
        self.m = nn.ModuleList(Bottleneck(self.c, self.c, shortcut) for _ in range(n))

    def forward(self, x):
        y = list(self.cv1(x).split((self.c, self.c), 1))
        y.extend(m(y[-1]) for m in self.m)
        return self.cv2(torch.cat(y, 1))
