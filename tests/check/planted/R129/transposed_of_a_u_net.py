# residua-test: wrong target=SmallUNet
import torch
import torch.nn as nn


def double(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU())


class SmallUNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=2, width=8):
        super().__init__()
        self.fine, self.middle = double(in_channels, width), double(width, 2 * width)
        self.coarse = double(2 * width, 4 * width)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(4 * width, 2 * width, 3, stride=2, padding=1)  # expect: R129
        self.join2 = double(4 * width, 2 * width)
        self.up1 = nn.ConvTranspose2d(2 * width, width, 3, stride=2, padding=1)
        self.join1 = double(2 * width, width)
        self.head = nn.Conv2d(width, num_classes, 1)

    def forward(self, x):
        fine = self.fine(x)
        middle = self.middle(self.pool(fine))
        coarse = self.coarse(self.pool(middle))
        y = self.join2(torch.cat([self.up2(coarse), middle], 1))
        return self.head(self.join1(torch.cat([self.up1(y), fine], 1)))
