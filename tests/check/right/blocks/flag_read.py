# residua-test: right target=ConvBlock1d
from torch import nn


class ConvBlock1d(nn.Module):
    """Separable convolution over time."""

    def __init__(self, channels, kernel_size=9, add_residual=True):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.depthwise = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.pointwise = nn.Sequential(nn.Conv1d(channels, 2 * channels, 1), nn.GELU(), nn.Conv1d(2 * channels, channels, 1))
        self.add_residual = add_residual

    def forward(self, x):
        h = self.depthwise(self.norm(x))
        h = self.pointwise(h)
        return x + h if self.add_residual else h
