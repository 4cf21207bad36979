# residua-test: wrong target=RevBlock
# What is wrong: y2 is computed from x1 but the inverse uses y1 (= what it has), so inverse(forward(x)) is not x.
import torch
import torch.nn as nn


def residual_fn(ch):
    return nn.Sequential(
        nn.GroupNorm(4, ch),
        nn.ReLU(),
        nn.Conv2d(ch, ch, 3, padding=1, bias=False),
        nn.GroupNorm(4, ch),
        nn.ReLU(),
        nn.Conv2d(ch, ch, 3, padding=1, bias=False),
    )


class RevBlock(nn.Module):
    """Reversible residual block: activations can be recomputed from the output."""

    def __init__(self, channels=32):
        super().__init__()
        self.f = residual_fn(channels // 2)
        self.g = residual_fn(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(x1)  # expect: R186
        return torch.cat([y1, y2], dim=1)

    @torch.no_grad()
    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat([x1, x2], dim=1)
