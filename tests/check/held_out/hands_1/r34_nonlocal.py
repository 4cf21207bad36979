# residua-test: right target=NonLocal
import torch, torch.nn as nn
class NonLocal(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        m = in_channels // 2
        self.th, self.ph, self.g = (nn.Conv2d(in_channels, m, 1) for _ in range(3))
        self.W = nn.Sequential(nn.Conv2d(m, in_channels, 1), nn.BatchNorm2d(in_channels))
        nn.init.zeros_(self.W[1].weight); nn.init.zeros_(self.W[1].bias)
    def forward(self, x):
        b, c, h, w = x.shape
        th = self.th(x).flatten(2).transpose(1, 2); ph = self.ph(x).flatten(2); g = self.g(x).flatten(2).transpose(1, 2)
        a = torch.softmax(th @ ph, dim=-1)
        y = (a @ g).transpose(1, 2).reshape(b, c // 2, h, w)
        return x + self.W(y)
