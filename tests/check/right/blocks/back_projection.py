# residua-test: right target=UpProjectionBlock
"""Up, down, and up again: what the way back misses of the input is enlarged and added, as by Haris 2018 (DBPN)."""

import torch
from torch import nn


class UpProjectionBlock(nn.Module):
    def __init__(self, channels: int, scale: int = 2) -> None:
        super().__init__()
        self.up = nn.Sequential(
            nn.ConvTranspose2d(channels, channels, 2 * scale, scale, scale // 2), nn.PReLU(channels)
        )
        self.down = nn.Sequential(nn.Conv2d(channels, channels, 2 * scale, scale, scale // 2), nn.PReLU(channels))
        self.again = nn.Sequential(
            nn.ConvTranspose2d(channels, channels, 2 * scale, scale, scale // 2), nn.PReLU(channels)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        large = self.up(x)
        missed = self.down(large) - x
        return large + self.again(missed)
