# residua-test: wrong target=LiteNet
# What is wrong: squeeze() without a dim also drops the batch dimension when a single image is given, so the output is (classes,) and not (1, classes)
import torch
import torch.nn as nn


class LinearBottleneck(nn.Module):
    def __init__(self, c_in, c_out, t=6, stride=1):
        super().__init__()
        mid = c_in * t
        self.use_skip = stride == 1 and c_in == c_out
        self.body = nn.Sequential(
            nn.Conv2d(c_in, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU(),
            nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False), nn.BatchNorm2d(mid), nn.ReLU6(),
            nn.Conv2d(mid, c_out, 1, bias=False), nn.BatchNorm2d(c_out),
        )

    def forward(self, x):
        out = self.body(x)
        return out + x if self.use_skip else out


class LiteNet(nn.Module):
    def __init__(self, classes=100):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.SiLU())
        self.features = nn.Sequential(
            LinearBottleneck(16, 24, stride=2),
            LinearBottleneck(24, 24),
            LinearBottleneck(24, 40, stride=2),
            LinearBottleneck(40, 40),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.output = nn.Sequential(nn.Dropout(0.2), nn.Conv2d(40, classes, 1))

    def forward(self, x):
        x = self.features(self.stem(x))
        x = self.output(self.pool(x)).squeeze()  # expect: R192
        return x  # expect
