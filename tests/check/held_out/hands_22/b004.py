# residua-test: right target=RevBlock
# Why it is right: A RevNet block: each half gets a residual computed from the other, and the inverse subtracts in the opposite order.
import torch
import torch.nn as nn


def branch(ch):
    return nn.Sequential(
        nn.GroupNorm(2, ch),
        nn.ReLU(),
        nn.Conv2d(ch, ch, 3, padding=1, bias=False),
        nn.GroupNorm(2, ch),
        nn.ReLU(),
        nn.Conv2d(ch, ch, 3, padding=1, bias=False),
    )


class RevBlock(nn.Module):
    """Additive reversible block; channels are split in two halves."""

    def __init__(self, channels):
        super().__init__()
        assert channels % 2 == 0
        self.f = branch(channels // 2)
        self.g = branch(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat((y1, y2), dim=1)

    @torch.no_grad()
    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat((x1, x2), dim=1)
