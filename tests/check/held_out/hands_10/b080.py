# residua-test: wrong target=UnetResize
# What is wrong: F.pad gets diff // 2 on both sides, which loses the odd pixel: for sizes that 4 does not divide the upsampled map stays one pixel too small and torch.cat fails.
import torch
import torch.nn as nn
import torch.nn.functional as F


class DoubleConv(nn.Module):
    """(convolution => [BN] => ReLU) * 2"""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True))

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
        self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        # input is CHW, pad x1 to the size of x2 (images of any size)
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX // 2,  # expect: R148
                        diffY // 2, diffY // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class UnetResize(nn.Module):
    def __init__(self, n_channels=1, n_classes=1, f=16):
        super().__init__()
        self.inc = DoubleConv(n_channels, f)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(f, 2 * f))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(2 * f, 4 * f))
        self.up1 = Up(4 * f, 2 * f)
        self.up2 = Up(2 * f, f)
        self.outc = nn.Conv2d(f, n_classes, 1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x = self.up1(x3, x2)
        x = self.up2(x, x1)
        return self.outc(x)
