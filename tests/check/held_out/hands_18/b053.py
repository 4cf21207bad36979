# residua-test: right target=SEResNeXtBlock
import functools
import torch
import torch.nn as nn

conv = functools.partial(nn.Conv2d, bias=False)


class SE(nn.Module):
    def __init__(self, c, r=8):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(c, c // r), nn.Linear(c // r, c)

    def forward(self, x):
        s = x.mean((-2, -1))
        s = self.fc2(torch.relu(self.fc1(s))).sigmoid()
        return x * s.view(*s.shape, 1, 1)


class SEResNeXtBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, cardinality=8, base_width=4):
        super().__init__()
        width = cardinality * base_width
        self.branch = nn.Sequential(
            conv(in_channels, width, 1), nn.BatchNorm2d(width), nn.ReLU(),
            conv(width, width, 3, stride=stride, padding=1, groups=cardinality), nn.BatchNorm2d(width), nn.ReLU(),
            conv(width, out_channels, 1), nn.BatchNorm2d(out_channels),
            SE(out_channels),
        )
        proj = []
        if stride > 1:
            proj.append(nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False))
        if in_channels != out_channels:
            proj += [conv(in_channels, out_channels, 1), nn.BatchNorm2d(out_channels)]
        self.proj = nn.Sequential(*proj)

    def forward(self, x):
        return (self.branch(x) + self.proj(x)).relu()
