# residua-test: wrong target=ResUNet
# What is wrong: The width offset of the crop is computed from the height of the upsampled map, so every non-square image is cropped wrongly and the concatenation fails.
import torch
import torch.nn as nn


class ResUnit(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout),
        )
        self.skip = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


class ResUNet(nn.Module):
    """Fully convolutional, takes images of any size (the skips are cropped by the row / column
    that max pooling dropped)."""

    def __init__(self, in_channels=3, n_classes=2, f=16):
        super().__init__()
        self.d1 = ResUnit(in_channels, f)
        self.d2 = ResUnit(f, f * 2)
        self.d3 = ResUnit(f * 2, f * 4)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(f * 4, f * 2, 2, stride=2)
        self.u2 = ResUnit(f * 4, f * 2)
        self.up1 = nn.ConvTranspose2d(f * 2, f, 2, stride=2)
        self.u1 = ResUnit(f * 2, f)
        self.out = nn.Conv2d(f, n_classes, 1)

    def concat(self, skip, x):
        dh = skip.size(2) - x.size(2)
        dw = skip.size(3) - x.size(2)  # expect: R185
        skip = skip[:, :, dh // 2: skip.size(2) - (dh - dh // 2),
                    dw // 2: skip.size(3) - (dw - dw // 2)]
        return torch.cat((skip, x), dim=1)

    def forward(self, x):
        s1 = self.d1(x)
        s2 = self.d2(self.pool(s1))
        x = self.d3(self.pool(s2))
        x = self.u2(self.concat(s2, self.up2(x)))
        x = self.u1(self.concat(s1, self.up1(x)))
        return self.out(x)
