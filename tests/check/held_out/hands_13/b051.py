# residua-test: wrong target=UNet
# What is wrong: The width crop is computed with y's height, so the skip does not fit for any image that is not square.
import torch
import torch.nn as nn


class DoubleConv(nn.Module):
    """(3x3 conv without padding + ReLU) x 2, like in the paper"""

    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 3),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_ch, out_ch, 3),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.net(x)


class UNet(nn.Module):
    """U-Net with valid convolutions. Any image size which survives the valid
    convs is fine, the skip is cropped to the size of the upsampled map.
    Output is smaller than the input.
    """

    def __init__(self, in_channels=1, n_class=2, base=16):
        super().__init__()
        self.enc1 = DoubleConv(in_channels, base)
        self.enc2 = DoubleConv(base, base * 2)
        self.bottom = DoubleConv(base * 2, base * 4)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(base * 4, base * 2, 2, stride=2)
        self.dec2 = DoubleConv(base * 4, base * 2)
        self.up1 = nn.ConvTranspose2d(base * 2, base, 2, stride=2)
        self.dec1 = DoubleConv(base * 2, base)
        self.out = nn.Conv2d(base, n_class, 1)

    def concat(self, x, y):
        """Crop x to the size of y and concatenate"""
        dh = x.size()[2] - y.size()[2]
        dw = x.size()[3] - y.size()[2]  # expect: R185
        x = x[:, :, dh // 2: x.size()[2] - (dh - dh // 2),
              dw // 2: x.size()[3] - (dw - dw // 2)]
        return torch.cat((x, y), 1)

    def forward(self, x):
        s1 = self.enc1(x)
        s2 = self.enc2(self.pool(s1))
        b = self.bottom(self.pool(s2))
        d2 = self.dec2(self.concat(s2, self.up2(b)))
        d1 = self.dec1(self.concat(s1, self.up1(d2)))
        return self.out(d1)
