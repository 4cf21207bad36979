# residua-test: right target=RightSuperRes
import torch.nn as nn
import torch.nn.functional as F


class RightSuperRes(nn.Module):
    def __init__(self, n=4, ch=32, scale=2):
        super().__init__()
        self.head = nn.Conv2d(3, ch, 9, padding=4)
        self.body = nn.ModuleList(SRUnit(ch) for _ in range(n))
        self.tail = nn.Sequential(nn.Conv2d(ch, ch * 4, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(), nn.Conv2d(ch, 3, 9, padding=4))

    def forward(self, x):
        x = F.relu(self.head(x))
        y = x
        for b in self.body:
            y = b(y)
        return self.tail(x + y)


class SRUnit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.c = nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch), nn.PReLU(), nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch))

    def forward(self, x):
        return x + self.c(x)
