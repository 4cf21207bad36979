# residua-test: right target=ResUNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualConv(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.BatchNorm2d(cin),
            nn.ReLU(),
            nn.Conv2d(cin, cout, 3, stride=stride, padding=1),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, padding=1),
        )
        self.conv_skip = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride=stride, padding=1),
            nn.BatchNorm2d(cout),
        )

    def forward(self, x):
        return self.conv_block(x) + self.conv_skip(x)


class ResUNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=1, filters=(16, 32, 64, 128)):
        super().__init__()
        f0 = filters[0]
        self.input_layer = nn.Sequential(
            nn.Conv2d(in_channels, f0, 3, padding=1), nn.BatchNorm2d(f0), nn.ReLU(),
            nn.Conv2d(f0, f0, 3, padding=1))
        self.input_skip = nn.Conv2d(in_channels, f0, 3, padding=1)

        self.encoder = nn.ModuleList(
            ResidualConv(a, b, stride=2) for a, b in zip(filters[:-1], filters[1:]))
        rev = list(filters)[::-1]
        self.decoder = nn.ModuleList(
            ResidualConv(a + b, b) for a, b in zip(rev[:-1], rev[1:]))
        self.output_layer = nn.Conv2d(f0, out_channels, 1)

    def forward(self, x):
        x = self.input_layer(x) + self.input_skip(x)
        skips = []
        for enc in self.encoder:
            skips.append(x)
            x = enc(x)
        for dec in self.decoder:
            skip = skips.pop()
            x = F.interpolate(x, size=skip.shape[-2:], mode='bilinear', align_corners=False)
            x = dec(torch.cat([x, skip], dim=1))
        return self.output_layer(x)
