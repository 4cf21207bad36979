# residua-test: right target=GBlockDeep args='in_channels=64, out_channels=32'
# Why it is right: BigGAN-deep's generator block drops the surplus channels of the skip instead of projecting them and upsamples both paths.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm as sn


class GBlockDeep(nn.Module):
    """unconditional version, bottleneck with ratio 4"""

    def __init__(self, in_channels, out_channels, upsample=True, channel_ratio=4):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        hidden = in_channels // channel_ratio
        self.conv1 = sn(nn.Conv2d(in_channels, hidden, 1))
        self.conv2 = sn(nn.Conv2d(hidden, hidden, 3, padding=1))
        self.conv3 = sn(nn.Conv2d(hidden, hidden, 3, padding=1))
        self.conv4 = sn(nn.Conv2d(hidden, out_channels, 1))
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.bn3 = nn.BatchNorm2d(hidden)
        self.bn4 = nn.BatchNorm2d(hidden)
        self.upsample = upsample

    def forward(self, x):
        h = self.conv1(F.relu(self.bn1(x)))
        h = F.relu(self.bn2(h))
        if self.in_channels != self.out_channels:
            x = x[:, :self.out_channels]
        if self.upsample:
            h = F.interpolate(h, scale_factor=2)
            x = F.interpolate(x, scale_factor=2)
        h = self.conv2(h)
        h = self.conv3(F.relu(self.bn3(h)))
        h = self.conv4(F.relu(self.bn4(h)))
        return h + x
