# residua-test: right target=ReversibleBlock
# Why it is right: The additive coupling of RevNet: each half gets its own residual, and the inverse subtracts them in the opposite order.
import torch
import torch.nn as nn


class Residual(nn.Sequential):
    def __init__(self, c):
        super().__init__(
            nn.GroupNorm(4, c), nn.ReLU(), nn.Conv3d(c, c, 3, padding=1, bias=False),
            nn.GroupNorm(4, c), nn.ReLU(), nn.Conv3d(c, c, 3, padding=1, bias=False),
        )


class ReversibleBlock(nn.Module):
    """Partially reversible U-Net element for brain MRI, x: (B, channels, D, H, W)."""

    def __init__(self, channels=16):
        super().__init__()
        assert channels % 2 == 0
        self.f = Residual(channels // 2)
        self.g = Residual(channels // 2)

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat([y1, y2], dim=1)

    @torch.no_grad()
    def inverse(self, y):
        y1, y2 = y.chunk(2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat([x1, x2], dim=1)
