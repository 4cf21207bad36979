# residua-test: right target=R2Plus1DNet
from typing import Tuple

import torch
from torch import nn, Tensor


class Conv2Plus1D(nn.Sequential):
    def __init__(self, cin: int, cout: int, stride: int = 1):
        # number of middle planes such that the parameters equal those of a full 3x3x3 conv
        mid = (cin * cout * 27) // (cin * 9 + 3 * cout)
        super().__init__(
            nn.Conv3d(cin, mid, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.BatchNorm3d(mid),
            nn.ReLU(inplace=True),
            nn.Conv3d(mid, cout, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
        )


class VideoBlock(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Sequential(Conv2Plus1D(cin, cout, stride), nn.BatchNorm3d(cout), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(Conv2Plus1D(cout, cout), nn.BatchNorm3d(cout))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or cin != cout:
            self.downsample = nn.Sequential(
                nn.Conv3d(cin, cout, kernel_size=1, stride=(stride,) * 3, bias=False), nn.BatchNorm3d(cout))

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        out = self.conv2(self.conv1(x))
        if self.downsample is not None:
            residual = self.downsample(x)
        return self.relu(out + residual)


class R2Plus1DNet(nn.Module):
    def __init__(self, widths: Tuple[int, ...] = (16, 32, 64), num_classes: int = 5):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, 12, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False), nn.BatchNorm3d(12), nn.ReLU(inplace=True),
            nn.Conv3d(12, widths[0], (3, 1, 1), padding=(1, 0, 0), bias=False), nn.BatchNorm3d(widths[0]),
            nn.ReLU(inplace=True),
        )
        layers, c = [], widths[0]
        for i, w in enumerate(widths):
            layers += [VideoBlock(c, w, 1 if i == 0 else 2), VideoBlock(w, w)]
            c = w
        self.layers = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(c, num_classes)

    def forward(self, clip: Tensor) -> Tensor:
        x = self.layers(self.stem(clip))
        return self.fc(self.pool(x).flatten(1))
