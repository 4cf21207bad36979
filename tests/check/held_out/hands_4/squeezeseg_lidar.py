# residua-test: wrong target=LidarSegNet args=in_channels=5,num_classes=20
# What is wrong: The skips are detached; the skip-only stem convolution conv1b therefore never receives a gradient
import torch
import torch.nn as nn
import torch.nn.functional as F


class Fire(nn.Module):
    def __init__(self, inplanes, squeeze_planes, expand1x1_planes, expand3x3_planes):
        super().__init__()
        self.squeeze = nn.Sequential(nn.Conv2d(inplanes, squeeze_planes, 1),
                                     nn.BatchNorm2d(squeeze_planes), nn.ReLU(inplace=True))
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, 1)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, 3, padding=1)

    def forward(self, x):
        x = self.squeeze(x)
        return F.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1))


class LidarSegNet(nn.Module):
    """Range-image segmentation; only the width is downsampled (64 x 512 scans)."""

    def __init__(self, in_channels=5, num_classes=20):
        super().__init__()
        self.conv1a = nn.Sequential(nn.Conv2d(in_channels, 32, 3, stride=(1, 2), padding=1),
                                    nn.BatchNorm2d(32), nn.ReLU())
        self.conv1b = nn.Sequential(nn.Conv2d(in_channels, 32, 1), nn.BatchNorm2d(32))
        self.fire2 = Fire(32, 16, 32, 32)
        self.pool = nn.MaxPool2d(3, stride=(1, 2), padding=1)
        self.fire3 = Fire(64, 16, 64, 64)
        self.up3 = nn.ConvTranspose2d(128, 64, (1, 4), stride=(1, 2), padding=(0, 1))
        self.up2 = nn.ConvTranspose2d(64, 32, (1, 4), stride=(1, 2), padding=(0, 1))
        self.head = nn.Conv2d(32, num_classes, 3, padding=1)

    def forward(self, x):
        skip_in = self.conv1b(x)
        skips = {1: skip_in.detach()}  # expect: R127
        x = self.fire2(self.conv1a(x))
        skips[2] = x.detach()  # expect
        x = self.fire3(self.pool(x))

        x = F.relu(self.up3(x)) + skips[2]  # expect: R148
        x = F.relu(self.up2(x)) + skips[1]  # expect
        return self.head(x)
