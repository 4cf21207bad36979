# residua-test: wrong target=InvertedResidual
# What is wrong: The second layer of the squeeze-and-excitation module takes the reduction rate as its input channels instead of the squeezed width, which raises an exception.
import torch
import torch.nn as nn


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        squeezed = channels // reduction
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(reduction, channels, 1)  # expect: R154

    def forward(self, x):
        w = torch.relu(self.fc1(self.pool(x)))
        return x * nn.functional.hardsigmoid(self.fc2(w))


class InvertedResidual(nn.Module):
    """MobileNetV3 unit."""

    def __init__(self, inp=16, hidden=64, oup=16, kernel=5, stride=1):
        super().__init__()
        self.use_res = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            nn.Conv2d(inp, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.Hardswish(),
            nn.Conv2d(hidden, hidden, kernel, stride, kernel // 2, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden), SqueezeExcite(hidden), nn.Hardswish(),
            nn.Conv2d(hidden, oup, 1, bias=False), nn.BatchNorm2d(oup),
        )

    def forward(self, x):
        return x + self.conv(x) if self.use_res else self.conv(x)
