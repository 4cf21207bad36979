# residua-test: right target=SRGenerator
import torch
from torch import nn
from torch.nn import functional as F

BETA = 0.2


class DenseUnit(nn.Module):
    """four growing convs, the fifth goes back to the width of the trunk"""

    def __init__(self, width, growth):
        super().__init__()
        steps = [nn.Conv2d(width + k * growth, growth, 3, padding=1) for k in range(4)]
        self.steps = nn.ModuleList(steps)
        self.fuse = nn.Conv2d(width + 4 * growth, width, 3, padding=1)

    def forward(self, x):
        bank = x
        for conv in self.steps:
            fresh = F.leaky_relu(conv(bank), 0.2, inplace=True)
            bank = torch.cat([bank, fresh], dim=1)
        return torch.add(x, self.fuse(bank), alpha=BETA)


class TripleDense(nn.Sequential):
    def forward(self, x):
        return x + BETA * super().forward(x)


class SRGenerator(nn.Module):
    def __init__(self, width=64, n_blocks=23, growth=None, factor=4):
        super().__init__()
        growth = growth or width // 2
        self.factor = factor
        self.shallow = nn.Conv2d(3, width, 3, padding=1)
        trunk = []
        for _ in range(n_blocks):
            trunk.append(TripleDense(*(DenseUnit(width, growth) for _ in range(3))))
        trunk.append(nn.Conv2d(width, width, 3, padding=1))
        self.trunk = nn.Sequential(*trunk)
        self.up_convs = nn.ModuleList()
        f = factor
        while f > 1:
            self.up_convs.append(nn.Conv2d(width, width, 3, padding=1))
            f //= 2
        self.to_rgb = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(width, 3, 3, padding=1))

    def forward(self, lr):
        first = self.shallow(lr)
        h = first + self.trunk(first)
        for conv in self.up_convs:
            h = F.leaky_relu(conv(F.interpolate(h, scale_factor=2, mode="nearest")), 0.2)
        return self.to_rgb(h)
