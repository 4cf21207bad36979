# residua-test: wrong target=RevBlock
# What is wrong: the second half is computed from x1 and not from y1, so inverse() does not give the input back
import torch
from torch import nn


def branch(c):
    return nn.Sequential(
        nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1, bias=False),
        nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1, bias=False),
    )


class RevBlock(nn.Module):
    """Reversible residual block (RevNet). The channels are cut into two halves;
    `inverse` recovers the input from the output (call in eval mode)."""

    def __init__(self, channels=32):
        super().__init__()
        assert channels % 2 == 0
        self.f = branch(channels // 2)
        self.g = branch(channels // 2)

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(x1)  # expect: R186
        return torch.cat([y1, y2], dim=1)

    def inverse(self, y):
        y1, y2 = y.chunk(2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat([x1, x2], dim=1)
