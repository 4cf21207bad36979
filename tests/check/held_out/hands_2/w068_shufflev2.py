# residua-test: wrong target=ShuffleV2Unit
# What is wrong: the branch is fed x1 and x2 is dropped: half of the input channels never reach the output
import torch
import torch.nn as nn


class ShuffleV2Unit(nn.Module):
    """ShuffleNetV2 basic unit: split, transform one half, concat with the other, shuffle."""

    def __init__(self, channels):
        super().__init__()
        c = channels // 2
        self.branch = nn.Sequential(
            nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
            nn.Conv2d(c, c, 3, padding=1, groups=c, bias=False), nn.BatchNorm2d(c),
            nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU())

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)  # expect
        out = torch.cat([x1, self.branch(x1)], dim=1)  # expect: R173
        b, c, h, w = out.shape
        return out.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)
