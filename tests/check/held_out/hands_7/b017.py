# residua-test: wrong target=VideoResNet
# What is wrong: The main path keeps the time axis (stride (1, s, s)), the shortcut strides all three axes with s: the sum fails on the number of frames.
import torch
import torch.nn as nn
from typing import Sequence


def conv3d(cin, cout, k, stride=1):
    return nn.Conv3d(cin, cout, k, stride, padding=k // 2, bias=False)


class SpaceBlock(nn.Module):
    """Downsamples height and width only, all frames are kept."""

    def __init__(self, cin: int, cout: int, s: int = 1):
        super().__init__()
        self.conv1 = conv3d(cin, cout, 3, (1, s, s))
        self.bn1 = nn.BatchNorm3d(cout)
        self.conv2 = conv3d(cout, cout, 3)
        self.bn2 = nn.BatchNorm3d(cout)
        self.relu = nn.ReLU(inplace=True)
        if s != 1 or cin != cout:
            self.downsample = nn.Sequential(conv3d(cin, cout, 1, s), nn.BatchNorm3d(cout))  # expect: R114
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        h = self.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        return self.relu(h + self.downsample(x))


class VideoResNet(nn.Module):
    def __init__(self, widths: Sequence[int] = (16, 32, 64), num_classes: int = 12):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, widths[0], (3, 5, 5), (1, 2, 2), (1, 2, 2), bias=False),
            nn.BatchNorm3d(widths[0]), nn.ReLU(inplace=True))
        stages, c = [], widths[0]
        for i, w in enumerate(widths):
            stages += [SpaceBlock(c, w, 2 if i else 1), SpaceBlock(w, w)]
            c = w
        self.stages = nn.Sequential(*stages)
        self.fc = nn.Linear(c, num_classes)

    def forward(self, clip):
        # clip: (N, 3, T, H, W)
        x = self.stages(self.stem(clip))
        return self.fc(x.mean(dim=(2, 3, 4)))
