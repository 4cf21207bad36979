# residua-test: wrong target=ResUNet
# What is wrong: skips are popped from the front, so the deepest decoder level gets the shallowest feature map
import torch
import torch.nn as nn


class ResConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout))
        self.skip = nn.Conv2d(cin, cout, 1, bias=False) if cin != cout else nn.Identity()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.conv(x) + self.skip(x))


class ResUNet(nn.Module):
    def __init__(self, in_channels=1, out_channels=1, features=(16, 32, 64)):
        super().__init__()
        self.downs, self.ups, self.up_convs = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        c = in_channels
        for f in features:
            self.downs.append(ResConv(c, f))
            c = f
        self.bottleneck = ResConv(features[-1], features[-1] * 2)
        for f in reversed(features):
            self.ups.append(nn.ConvTranspose2d(f * 2, f, 2, stride=2))
            self.up_convs.append(ResConv(f * 2, f))
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Conv2d(features[0], out_channels, 1)

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = down(x)
            skips.append(x)  # expect
            x = self.pool(x)
        x = self.bottleneck(x)
        for up, conv in zip(self.ups, self.up_convs):
            x = up(x)
            x = conv(torch.cat([skips.pop(0), x], dim=1))  # expect: R161
        return self.head(x)
