# residua-test: wrong target=RevStage
# What is wrong: inverse() undoes the two couplings with the wrong streams: F was applied to x2 but is subtracted as F(y2), so inverse(forward(x)) is not x
import torch
import torch.nn as nn


def branch(c):
    return nn.Sequential(
        nn.GroupNorm(4, c),
        nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1),
        nn.GroupNorm(4, c),
        nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1),
    )


class RevBlock(nn.Module):
    """additive coupling:  y1 = x1 + F(x2),  y2 = x2 + G(y1)"""

    def __init__(self, c):
        super().__init__()
        self.F = branch(c)
        self.G = branch(c)

    def forward(self, x1, x2):
        y1 = x1 + self.F(x2)
        y2 = x2 + self.G(y1)
        return y1, y2

    def inverse(self, y1, y2):
        x1 = y1 - self.F(y2)  # expect: R186
        x2 = y2 - self.G(y1)
        return x1, x2


class RevStage(nn.Module):
    """n reversible blocks; the input can be computed back from the output with inverse()"""

    def __init__(self, channels=32, n=3):
        super().__init__()
        assert channels % 2 == 0
        self.blocks = nn.ModuleList([RevBlock(channels // 2) for _ in range(n)])

    def forward(self, x):
        a, b = torch.chunk(x, 2, dim=1)
        for blk in self.blocks:
            a, b = blk(a, b)
        return torch.cat([a, b], dim=1)

    def inverse(self, y):
        a, b = torch.chunk(y, 2, dim=1)
        for blk in reversed(self.blocks):
            a, b = blk.inverse(a, b)
        return torch.cat([a, b], dim=1)
