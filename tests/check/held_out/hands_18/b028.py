# residua-test: wrong target=ReversibleBlock
# What is wrong: The inverse of y1 = x1 + f(x2) subtracts f of y2 instead of the recovered x2, so inverse(forward(x)) is not x.
import torch
import torch.nn as nn


def _fn(c):
    return nn.Sequential(
        nn.GroupNorm(4, c), nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1, bias=False),
        nn.GroupNorm(4, c), nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1, bias=False),
    )


class ReversibleBlock(nn.Module):
    """Additive coupling from RevNet. `inverse` recovers the input from the output
    so that activations need not be stored."""

    def __init__(self, channels=32):
        super().__init__()
        assert channels % 2 == 0
        self.f = _fn(channels // 2)
        self.g = _fn(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat((y1, y2), dim=1)

    @torch.no_grad()
    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(y2)  # expect: R186
        return torch.cat((x1, x2), dim=1)
