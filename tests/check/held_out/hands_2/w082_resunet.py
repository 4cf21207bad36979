# residua-test: wrong target=ResUNet
# What is wrong: the decoder concatenates the upsampled map with itself; the encoder feature e1 is never used as a skip
import torch
import torch.nn as nn


class ResConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout))
        self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout)) if cin != cout else nn.Identity()

    def forward(self, x):
        return torch.relu(self.conv(x) + self.skip(x))


class ResUNet(nn.Module):
    def __init__(self, in_ch=1, out_ch=2, base=16):
        super().__init__()
        self.enc1 = ResConv(in_ch, base)
        self.enc2 = ResConv(base, 2 * base)
        self.mid = ResConv(2 * base, 4 * base)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(4 * base, 2 * base, 2, 2)
        self.dec2 = ResConv(4 * base, 2 * base)
        self.up1 = nn.ConvTranspose2d(2 * base, base, 2, 2)
        self.dec1 = ResConv(2 * base, base)
        self.head = nn.Conv2d(base, out_ch, 1)

    def forward(self, x):
        e1 = self.enc1(x)  # expect
        e2 = self.enc2(self.pool(e1))
        m = self.mid(self.pool(e2))
        d2 = self.up2(m)
        d2 = self.dec2(torch.cat([d2, e2], dim=1))
        d1 = self.up1(d2)
        d1 = self.dec1(torch.cat([d1, d1], dim=1))  # expect: R174
        return self.head(d1)
