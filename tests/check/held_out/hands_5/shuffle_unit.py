# residua-test: right target=ShuffleUnit
import torch
import torch.nn as nn


def channel_shuffle(x, groups=2):
    b, c, h, w = x.shape
    return x.view(b, groups, c // groups, h, w).transpose(1, 2).reshape(b, c, h, w)


class ShuffleUnit(nn.Module):
    """ShuffleNetV2 unit with stride 1: split, transform one half, concatenate, shuffle."""

    def __init__(self, channels=64):
        super().__init__()
        c = channels // 2
        self.branch = nn.Sequential(
            nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(inplace=True),
            nn.Conv2d(c, c, 3, padding=1, groups=c, bias=False), nn.BatchNorm2d(c),
            nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(inplace=True),
        )

    def forward(self, x):
        keep, work = x.chunk(2, dim=1)
        out = torch.cat((keep, self.branch(work)), dim=1)
        return channel_shuffle(out)
