# residua-test: wrong target=MBConv
# What is wrong: Stochastic depth is applied to the sum instead of the branch, so a dropped sample loses its identity path too and becomes zero
import torch
import torch.nn as nn


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        s = x.mean((2, 3), keepdim=True)
        s = self.expand(nn.functional.silu(self.reduce(s)))
        return x * torch.sigmoid(s)


def drop_connect(x, p, training):
    if p == 0.0 or not training:
        return x
    keep = 1.0 - p
    mask = torch.rand(x.shape[0], 1, 1, 1, device=x.device, dtype=x.dtype) < keep
    return x / keep * mask


class MBConv(nn.Module):
    """EfficientNet MBConv6 3x3 with squeeze-and-excitation and drop connect."""

    def __init__(self, cin=24, cout=24, stride=1, expand=6, p=0.2):
        super().__init__()
        mid = cin * expand
        self.has_skip = stride == 1 and cin == cout
        self.p = p
        self.expand = nn.Sequential(nn.Conv2d(cin, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.dw = nn.Sequential(
            nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.se = SqueezeExcite(mid, max(1, cin // 4))
        self.project = nn.Sequential(nn.Conv2d(mid, cout, 1, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        out = self.project(self.se(self.dw(self.expand(x))))
        if self.has_skip:
            out = drop_connect(out + x, self.p, self.training)  # expect: R166
        return out
