# residua-test: right target=CifarResNet
import torch, torch.nn as nn, torch.nn.functional as F
class Lam(nn.Module):
    def __init__(self, f): super().__init__(); self.f = f
    def forward(self, x): return self.f(x)
class BB(nn.Module):
    def __init__(self, i, o, s=1):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, s, 1, bias=False); self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(o)
        self.sc = nn.Sequential()
        if s != 1 or i != o:
            self.sc = Lam(lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, o // 4, o // 4)))
    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y)); y += self.sc(x)
        return F.relu(y)
class CifarResNet(nn.Module):
    def __init__(self, depth=20, num_classes=10):
        super().__init__()
        n = (depth - 2) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False); self.bn1 = nn.BatchNorm2d(16)
        self.inp = 16
        self.layer1, self.layer2, self.layer3 = self._l(16, n, 1), self._l(32, n, 2), self._l(64, n, 2)
        self.linear = nn.Linear(64, num_classes)
    def _l(self, o, n, s):
        r = []
        for k in [s] + [1] * (n - 1):
            r.append(BB(self.inp, o, k)); self.inp = o
        return nn.Sequential(*r)
    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(F.avg_pool2d(x, x.size()[3]).flatten(1))
