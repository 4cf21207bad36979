# residua-test: wrong target=UNet
# What is wrong: up() puts the double convolution for the concatenated channels right behind the transposed convolution, which outputs only half of them; the encoder features are never concatenated and forward fails.
import torch
import torch.nn as nn


class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=1, base=16):
        super(UNet, self).__init__()
        self.encoder1 = self.double_conv(in_channels, base)
        self.encoder2 = self.double_conv(base, base * 2)
        self.encoder3 = self.double_conv(base * 2, base * 4)
        self.pool = nn.MaxPool2d(2)

        self.bottleneck = self.double_conv(base * 4, base * 8)

        self.decoder3 = self.up(base * 8, base * 4)  # found: R154
        self.decoder2 = self.up(base * 4, base * 2)
        self.decoder1 = self.up(base * 2, base)

        self.out = nn.Conv2d(base, out_channels, kernel_size=1)

    def double_conv(self, in_channels, out_channels):
        return nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def up(self, in_channels, out_channels):
        return nn.Sequential(
            nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2),  # expect
            self.double_conv(in_channels, out_channels),
        )

    def forward(self, x):
        # Encoder
        e1 = self.encoder1(x)
        e2 = self.encoder2(self.pool(e1))
        e3 = self.encoder3(self.pool(e2))

        b = self.bottleneck(self.pool(e3))

        # Decoder with skip connections
        d3 = self.decoder3(b)
        d3 = torch.cat([d3, e3], dim=1)
        d2 = self.decoder2(d3)
        d2 = torch.cat([d2, e2], dim=1)
        d1 = self.decoder1(d2)
        d1 = torch.cat([d1, e1], dim=1)

        return self.out(d1)
