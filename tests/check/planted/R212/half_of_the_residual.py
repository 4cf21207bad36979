# residua-test: wrong target=ScoreBlock right=blocks/half_of_both
import math

from torch import nn


class ScoreBlock(nn.Module):
    """The sum is divided by sqrt(2), so that its variance stays."""

    def __init__(self, channels=32, p=0.1):
        super().__init__()
        self.body = nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.drop = nn.Dropout(p)

    def forward(self, x):
        y = self.drop(self.body(x))
        return x + y / math.sqrt(2)  # expect: R212
