# residua-test: right target=ScoreBlock
import math

from torch import nn


class ScoreBlock(nn.Module):
    def __init__(self, channels=32, num_layers=2):
        super().__init__()
        self.body = nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.second = nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.depth_scale = 1 / math.sqrt(num_layers)

    def forward(self, x):
        x = (x + self.body(x)) / math.sqrt(2)
        return x + self.second(x) * self.depth_scale
