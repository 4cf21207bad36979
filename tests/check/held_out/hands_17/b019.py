# residua-test: wrong target=RollUnit
# What is wrong: the ramp is made with .cuda(): the unit runs on no other device
import torch
from torch import nn


class RollUnit(nn.Module):
    """Residual unit that sees a horizontal coordinate beside its features."""

    def __init__(self, channels):
        super().__init__()
        self.mix = nn.Conv2d(channels + 1, channels, 3, padding=1)
        self.out = nn.Conv2d(channels, channels, 3, padding=1)
        self.act = nn.ELU()

    def forward(self, x):
        b, _, h, w = x.shape
        ramp = torch.linspace(-1, 1, w).cuda()  # expect: R190
        ramp = ramp.view(1, 1, 1, w).expand(b, 1, h, w)
        y = self.act(self.mix(torch.cat((x, ramp), dim=1)))
        return x + self.out(y)
