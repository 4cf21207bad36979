# residua-test: wrong target=ValidNet right=networks/crops_each_axis
import torch
import torch.nn.functional as F
from torch import nn


def two(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3), nn.ReLU(), nn.Conv2d(cout, cout, 3), nn.ReLU())


class ValidNet(nn.Module):
    def __init__(self, in_channels=1, classes=2, width=8):
        super().__init__()
        self.down, self.middle = two(in_channels, width), two(width, 2 * width)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.merge, self.head = two(2 * width, width), nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skip = self.down(x)
        y = self.up(self.middle(F.max_pool2d(skip, 2)))
        high = skip.shape[2] - y.shape[2]
        wide = skip.shape[3] - y.shape[2]  # expect: R185
        skip = skip[:, :, high // 2 : high // 2 + y.shape[2], wide // 2 : skip.shape[3] - (wide - wide // 2)]
        return self.head(self.merge(torch.cat([skip, y], 1)))
