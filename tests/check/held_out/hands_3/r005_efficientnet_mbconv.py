# residua-test: right target=MBConvBlock
import torch
import torch.nn as nn


def drop_connect(x, p, training):
    if not training or p == 0.0:
        return x
    keep = 1.0 - p
    mask = torch.floor(torch.rand(x.shape[0], 1, 1, 1, dtype=x.dtype, device=x.device) + keep)
    return x / keep * mask


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)
        self.act = nn.SiLU()

    def forward(self, x):
        s = x.mean(dim=(2, 3), keepdim=True)
        s = self.expand(self.act(self.reduce(s)))
        return torch.sigmoid(s) * x


class MBConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, expand_ratio=6, drop_rate=0.2):
        super().__init__()
        mid = in_channels * expand_ratio
        self.skip = stride == 1 and in_channels == out_channels
        self.drop_rate = drop_rate
        self.expand = nn.Identity()
        if expand_ratio != 1:
            self.expand = nn.Sequential(nn.Conv2d(in_channels, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.dw = nn.Sequential(
            nn.Conv2d(mid, mid, kernel_size, stride, kernel_size // 2, groups=mid, bias=False),
            nn.BatchNorm2d(mid), nn.SiLU())
        self.se = SqueezeExcite(mid, max(1, in_channels // 4))
        self.project = nn.Sequential(nn.Conv2d(mid, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.project(self.se(self.dw(self.expand(x))))
        if self.skip:
            y = drop_connect(y, self.drop_rate, self.training) + x
        return y
