# residua-test: wrong target=Mask right=networks/mask_of_paths
from torch import nn
from torch.nn import functional as F


class Unit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x):
        return x + self.body(x)


class Mask(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.down1 = nn.Sequential(Unit(16))
        self.down2 = nn.Sequential(Unit(16))
        self.up1 = nn.Sequential(Unit(16))
        self.short = Unit(16)
        self.last = nn.Sequential(nn.BatchNorm2d(16), nn.ReLU())
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        x = self.stem(x)
        deep = self.down1(F.max_pool2d(x, 2))
        short = self.down2(deep)  # expect: R121
        deep = self.up1(self.down2(F.max_pool2d(deep, 2)))
        deep = F.interpolate(deep, size=short.shape[2:]) + short
        x = self.last(x + F.interpolate(deep, size=x.shape[2:]))
        return self.fc(x.mean((2, 3)))
