# residua-test: wrong target=ReversibleBlock
# What is wrong: inverse() subtracts F(y2) instead of F of the recovered x2 and in the wrong order, so it does not undo forward().
import torch
import torch.nn as nn


def branch(ch, groups=4):
    return nn.Sequential(
        nn.GroupNorm(groups, ch),
        nn.SiLU(),
        nn.Conv2d(ch, ch, 3, padding=1),
    )


class ReversibleBlock(nn.Module):
    """Additive coupling of RevNet. inverse(forward(x)) gives x back."""

    def __init__(self, channels):
        super().__init__()
        assert channels % 2 == 0
        self.f = branch(channels // 2)
        self.g = branch(channels // 2)

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat([y1, y2], dim=1)

    def inverse(self, y):
        y1, y2 = y.chunk(2, dim=1)
        x1 = y1 - self.f(y2)  # expect: R186
        x2 = y2 - self.g(x1)
        return torch.cat([x1, x2], dim=1)
