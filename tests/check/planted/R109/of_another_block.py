# residua-test: wrong target=SmallHourglass
from torch import nn


class Conv(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(i, o, 3, 1, 1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.net(x)


class SmallHourglass(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.down1, self.down2, self.down3 = Conv(3, 16), Conv(16, 32), Conv(32, 64)
        self.up2 = nn.Sequential(nn.Conv2d(64, 32, 1), nn.BatchNorm2d(32), nn.ReLU(inplace=True))
        self.up1 = nn.Sequential(nn.Conv2d(32, 16, 1), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
        self.out = nn.Conv2d(16, classes, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(a)
        c = self.up2(self.down3(b))
        c += b  # expect: R109
        return self.out(self.up1(c) + a)
