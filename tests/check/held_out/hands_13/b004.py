# residua-test: right target=RRDBUpscaler
import torch
from torch import nn


class DenseChain(nn.Module):
    """every conv sees all maps before it, the last one goes back to the trunk width"""

    def __init__(self, trunk: int, growth: int, steps: int, beta: float):
        super().__init__()
        self.beta = beta
        self.grow = nn.ModuleList(
            nn.Sequential(nn.Conv2d(trunk + i * growth, growth, 3, padding=1), nn.LeakyReLU(0.2))
            for i in range(steps)
        )
        self.fuse = nn.Conv2d(trunk + steps * growth, trunk, 3, padding=1)

    def forward(self, x):
        seen = x
        for g in self.grow:
            seen = torch.cat([seen, g(seen)], dim=1)
        return x + self.beta * self.fuse(seen)


class RRDBUpscaler(nn.Module):
    """
    Super resolution, residual-in-residual: three dense chains form a group, the chains and the
    group both scale what they add by beta. One long skip over all groups.
    """

    def __init__(self, colors: int = 3, trunk: int = 16, growth: int = 8, groups: int = 2,
                 steps: int = 4, beta: float = 0.2, factor: int = 2):
        super().__init__()
        self.beta = beta
        self.head = nn.Conv2d(colors, trunk, 3, padding=1)
        self.groups = nn.ModuleList(
            nn.Sequential(*[DenseChain(trunk, growth, steps, beta) for _ in range(3)]) for _ in range(groups)
        )
        self.after = nn.Conv2d(trunk, trunk, 3, padding=1)
        self.tail = nn.Sequential(
            nn.Conv2d(trunk, trunk * factor ** 2, 3, padding=1),
            nn.PixelShuffle(factor),
            nn.LeakyReLU(0.2),
            nn.Conv2d(trunk, colors, 3, padding=1),
        )

    def forward(self, low):
        h0 = self.head(low)
        h = h0
        for g in self.groups:
            h = h + self.beta * g(h)
        return self.tail(h0 + self.after(h))
