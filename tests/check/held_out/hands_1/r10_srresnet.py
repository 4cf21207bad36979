# residua-test: right target=SRNet
import torch, torch.nn as nn
class RB(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.m = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1), nn.BatchNorm2d(c), nn.PReLU(), nn.Conv2d(c, c, 3, 1, 1), nn.BatchNorm2d(c))
    def forward(self, x): return x + self.m(x)
class SRNet(nn.Module):
    def __init__(self, scale=2, n=4, c=32):
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(3, c, 9, 1, 4), nn.PReLU())
        self.trunk = nn.Sequential(*[RB(c) for _ in range(n)], nn.Conv2d(c, c, 3, 1, 1), nn.BatchNorm2d(c))
        self.up = nn.Sequential(nn.Conv2d(c, c * scale ** 2, 3, 1, 1), nn.PixelShuffle(scale), nn.PReLU())
        self.tail = nn.Conv2d(c, 3, 9, 1, 4)
    def forward(self, x):
        h = self.head(x)
        return self.tail(self.up(h + self.trunk(h)))
