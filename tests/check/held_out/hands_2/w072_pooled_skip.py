# residua-test: wrong target=DownBlock
# What is wrong: the shortcut is pooled to 1x1 and silently broadcast over the map
import torch
import torch.nn as nn


class DownBlock(nn.Module):
    def __init__(self, c1, c2, stride=2):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(c1, c2, 3, stride, 1, bias=False),
            nn.BatchNorm2d(c2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(c2, c2, 3, 1, 1, bias=False),
            nn.BatchNorm2d(c2),
        )
        if c1 != c2 or stride > 1:
            # bring the input to the size of the output
            self.skip = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c1, c2, 1, bias=False), nn.BatchNorm2d(c2))  # expect
        else:
            self.skip = nn.Identity()
        self.act = nn.LeakyReLU(0.2)

    def forward(self, x):
        return self.act(self.conv(x) + self.skip(x))  # expect: R115
