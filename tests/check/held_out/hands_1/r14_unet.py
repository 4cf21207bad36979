# residua-test: right target=ResUNet
import torch, torch.nn as nn
class RD(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True), nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o))
        self.s = nn.Identity() if i == o else nn.Sequential(nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o))
    def forward(self, x): return torch.relu(self.f(x) + self.s(x))
class ResUNet(nn.Module):
    def __init__(self, n_channels=3, n_classes=2, base=16):
        super().__init__()
        self.d1, self.d2, self.d3 = RD(n_channels, base), RD(base, base * 2), RD(base * 2, base * 4)
        self.pool = nn.MaxPool2d(2)
        self.u2 = nn.ConvTranspose2d(base * 4, base * 2, 2, 2); self.e2 = RD(base * 4, base * 2)
        self.u1 = nn.ConvTranspose2d(base * 2, base, 2, 2); self.e1 = RD(base * 2, base)
        self.out = nn.Conv2d(base, n_classes, 1)
    def forward(self, x):
        a = self.d1(x); b = self.d2(self.pool(a)); c = self.d3(self.pool(b))
        y = self.e2(torch.cat([b, self.u2(c)], 1))
        y = self.e1(torch.cat([a, self.u1(y)], 1))
        return self.out(y)
