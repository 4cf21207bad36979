# residua-test: right target=DeepResUNet
# Why it is right: A correct residual U-Net: every unit has a projected shortcut and the decoder takes the encoder maps in reverse order.
import torch
import torch.nn as nn


class ResUnit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.block = nn.Sequential(
            nn.BatchNorm2d(cin), nn.ReLU(), nn.Conv2d(cin, cout, 3, stride, 1),
            nn.BatchNorm2d(cout), nn.ReLU(), nn.Conv2d(cout, cout, 3, 1, 1),
        )
        self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1, stride), nn.BatchNorm2d(cout))

    def forward(self, x):
        return self.block(x) + self.skip(x)


class DeepResUNet(nn.Module):
    """Road extraction from aerial images; H and W divisible by 8."""

    def __init__(self, in_channels=3, num_classes=1, widths=(16, 32, 64, 128)):
        super().__init__()
        w = list(widths)
        self.entry = nn.Sequential(nn.Conv2d(in_channels, w[0], 3, 1, 1), nn.BatchNorm2d(w[0]), nn.ReLU(),
                                   nn.Conv2d(w[0], w[0], 3, 1, 1))
        self.entry_skip = nn.Conv2d(in_channels, w[0], 1)
        self.enc = nn.ModuleList([ResUnit(i, o, 2) for i, o in zip(w[:-1], w[1:])])
        self.ups = nn.ModuleList([nn.ConvTranspose2d(o, i, 2, 2) for i, o in reversed(list(zip(w[:-1], w[1:])))])
        self.dec = nn.ModuleList([ResUnit(2 * i, i) for i in reversed(w[:-1])])
        self.out = nn.Conv2d(w[0], num_classes, 1)

    def forward(self, x):
        maps = [self.entry(x) + self.entry_skip(x)]
        for unit in self.enc:
            maps.append(unit(maps[-1]))
        y = maps.pop()
        for up, unit in zip(self.ups, self.dec):
            y = unit(torch.cat([up(y), maps.pop()], dim=1))
        return self.out(y)
