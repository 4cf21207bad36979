# residua-test: right target=FrameEncoder
import torch.nn as nn


class ResidualConv(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.LeakyReLU(0.1), nn.Conv1d(width, width, 5, padding=2),
            nn.LeakyReLU(0.1), nn.Conv1d(width, width, 5, padding=2))

    def forward(self, x):
        return x + self.body(x)


class FrameEncoder(nn.Module):
    """Encodes (B, bands, T) for an autoregressive decoder, which gets all of it; non-autoregressive itself."""

    def __init__(self, bands=20, width=32):
        super().__init__()
        self.enter = nn.Conv1d(bands, width, 1)
        self.blocks = nn.Sequential(*[ResidualConv(width) for _ in range(3)])

    def forward(self, frames):
        return self.blocks(self.enter(frames))
