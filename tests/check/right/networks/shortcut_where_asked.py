# residua-test: right target=SmallUNet
import torch
from torch import nn


class DoubleConv(nn.Module):
    def __init__(self, cin, cout, residual=False):
        super().__init__()
        self.residual = residual
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False),
            nn.GroupNorm(1, cout),
            nn.GELU(),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False),
            nn.GroupNorm(1, cout),
        )

    def forward(self, x):
        if self.residual:
            return nn.functional.gelu(x + self.body(x))
        return self.body(x)


class SmallUNet(nn.Module):
    """Takes even sides, multiples of 2."""

    def __init__(self, channels=3, base=16):
        super().__init__()
        self.enter = DoubleConv(channels, base)
        self.down = nn.Sequential(nn.MaxPool2d(2), DoubleConv(base, base, residual=True), DoubleConv(base, 2 * base))
        self.bottom = nn.Sequential(DoubleConv(2 * base, 2 * base), DoubleConv(2 * base, base))
        self.up = nn.Upsample(scale_factor=2)
        self.leave = nn.Conv2d(2 * base, channels, 1)

    def forward(self, x):
        top = self.enter(x)
        low = self.bottom(self.down(top))
        return self.leave(torch.cat([top, self.up(low)], 1))
