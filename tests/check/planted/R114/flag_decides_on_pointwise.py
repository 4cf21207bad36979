# residua-test: wrong target=Block
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, upsample=True):
        super().__init__()
        self.upsample = upsample
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        if upsample:  # expect: R114
            self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x):
        h = F.relu(self.bn1(x))
        if self.upsample:
            h = F.interpolate(h, scale_factor=2)
        h = self.conv1(h)
        h = self.conv2(F.relu(self.bn2(h)))
        if self.upsample:
            return h + self.skip(F.interpolate(x, scale_factor=2))
        return h + x
