# residua-test: wrong target=UNet
import torch
import torch.nn as nn
import torch.nn.functional as F


def double(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1), nn.ReLU(), nn.Conv2d(cout, cout, 3, padding=1), nn.ReLU())


class UNet(nn.Module):
    """A U-Net."""

    def __init__(self, in_channels=3, num_classes=2):
        super().__init__()
        self.e1, self.e2, self.m = double(in_channels, 16), double(16, 32), double(32, 64)
        self.pool = nn.MaxPool2d(2)
        self.u2, self.u1 = nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)
        self.d2, self.d1 = double(64, 32), double(32, 16)
        self.out = nn.Conv2d(16, num_classes, 1)

    def forward(self, x):
        a = self.e1(x)
        b = self.e2(self.pool(a))
        m = self.m(self.pool(b))
        y = self.d2(torch.cat((self.u2(m), b), 1))
        y = self.d1(torch.cat((self.u1(y), a), 1))  # expect: R148 note
        return self.out(y)
