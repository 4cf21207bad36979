# residua-test: right target=RoadResUNet
import torch
import torch.nn as nn


class ResUnit(nn.Module):
    """bn-relu-conv twice; the shortcut is a convolution in every unit, also where the sizes fit"""

    def __init__(self, cin, cout, stride=1):
        super(ResUnit, self).__init__()
        self.main = nn.Sequential(
            nn.BatchNorm2d(cin), nn.ReLU(), nn.Conv2d(cin, cout, 3, stride, 1),
            nn.BatchNorm2d(cout), nn.ReLU(), nn.Conv2d(cout, cout, 3, 1, 1))
        self.side = nn.Sequential(nn.Conv2d(cin, cout, 3, stride, 1), nn.BatchNorm2d(cout))

    def forward(self, x):
        return self.main(x) + self.side(x)


class RoadResUNet(nn.Module):
    """road extraction, 3 levels + bridge, sigmoid output"""

    def __init__(self, bands=3, f=(16, 32, 64, 128)):
        super(RoadResUNet, self).__init__()
        self.head_main = nn.Sequential(nn.Conv2d(bands, f[0], 3, 1, 1), nn.BatchNorm2d(f[0]), nn.ReLU(),
                                       nn.Conv2d(f[0], f[0], 3, 1, 1))
        self.head_side = nn.Conv2d(bands, f[0], 3, 1, 1)

        self.e1 = ResUnit(f[0], f[1], 2)
        self.e2 = ResUnit(f[1], f[2], 2)
        self.bridge = ResUnit(f[2], f[3], 2)

        self.up = nn.ModuleList([nn.ConvTranspose2d(c, c, 2, 2) for c in (f[3], f[2], f[1])])
        self.d2 = ResUnit(f[3] + f[2], f[2])
        self.d1 = ResUnit(f[2] + f[1], f[1])
        self.d0 = ResUnit(f[1] + f[0], f[0])
        self.out = nn.Conv2d(f[0], 1, 1)

    def forward(self, x):
        s0 = self.head_main(x) + self.head_side(x)
        s1 = self.e1(s0)
        s2 = self.e2(s1)
        y = self.bridge(s2)
        for up, dec, skip in zip(self.up, (self.d2, self.d1, self.d0), (s2, s1, s0)):
            y = dec(torch.cat((up(y), skip), dim=1))
        return torch.sigmoid(self.out(y))
