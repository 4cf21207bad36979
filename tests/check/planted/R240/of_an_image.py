# residua-test: wrong target=ImageCoupling
import torch
import torch.nn as nn


class ImageCoupling(nn.Module):
    """Affine coupling of a flow on (B, C, H, W)."""

    def __init__(self, channels=4, width=16):
        super().__init__()
        half = channels // 2
        self.net = nn.Sequential(
            nn.Conv2d(half, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU(),
            nn.Conv2d(width, channels, 3, padding=1))

    def forward(self, x, reverse: bool = False):
        a, b = x.chunk(2, 1)
        raw, shift = self.net(a).chunk(2, 1)
        scale = torch.sigmoid(raw + 2)
        logdet = scale.log().flatten(1).sum(1)  # expect: R240
        b = b / scale - shift if reverse else (b + shift) * scale
        return torch.cat([a, b], 1), logdet
