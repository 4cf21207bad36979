# residua-test: wrong target=ConvBlock1d right=blocks/flag_read
from torch import nn


class ConvBlock1d(nn.Module):
    """Separable convolution over time."""

    def __init__(self, channels, kernel_size=9, add_residual=True):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.depthwise = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.pointwise = nn.Sequential(nn.Conv1d(channels, 2 * channels, 1), nn.GELU(), nn.Conv1d(2 * channels, channels, 1))

    def forward(self, x):
        h = self.depthwise(self.norm(x))
        return self.pointwise(h)  # expect: R102
