# residua-test: right target=ShuffleUnit
import torch.nn as nn
class ShuffleUnit(nn.Module):
    def __init__(self, channels, groups=4):
        super().__init__()
        m = channels // 4; self.g = groups
        self.c1 = nn.Conv2d(channels, m, 1, groups=groups, bias=False); self.b1 = nn.BatchNorm2d(m)
        self.c2 = nn.Conv2d(m, m, 3, padding=1, groups=m, bias=False); self.b2 = nn.BatchNorm2d(m)
        self.c3 = nn.Conv2d(m, channels, 1, groups=groups, bias=False); self.b3 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        y = self.relu(self.b1(self.c1(x)))
        b, c, h, w = y.shape
        y = y.view(b, self.g, c // self.g, h, w).transpose(1, 2).reshape(b, c, h, w)
        y = self.b3(self.c3(self.b2(self.c2(y))))
        return self.relu(x + y)
