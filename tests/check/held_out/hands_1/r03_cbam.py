# residua-test: right target=CBAMBlock
import torch, torch.nn as nn
class CA(nn.Module):
    def __init__(self, c, r=8):
        super().__init__()
        self.mlp = nn.Sequential(nn.Conv2d(c, max(c // r, 1), 1, bias=False), nn.ReLU(), nn.Conv2d(max(c // r, 1), c, 1, bias=False))
    def forward(self, x):
        return torch.sigmoid(self.mlp(x.mean((2, 3), True)) + self.mlp(x.amax((2, 3), True)))
class SA(nn.Module):
    def __init__(self, k=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, k, padding=k // 2, bias=False)
    def forward(self, x):
        return torch.sigmoid(self.conv(torch.cat([x.mean(1, True), x.amax(1, True)], 1)))
class CBAMBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False); self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.ca, self.sa = CA(planes), SA()
        self.ds = None
        if stride != 1 or inplanes != planes:
            self.ds = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))
    def forward(self, x):
        r = x if self.ds is None else self.ds(x)
        o = self.relu(self.bn1(self.conv1(x)))
        o = self.bn2(self.conv2(o))
        o = self.ca(o) * o
        o = self.sa(o) * o
        return self.relu(o + r)
