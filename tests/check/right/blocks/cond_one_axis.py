# residua-test: right target=TimeBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class TimeBlock(nn.Module):
    def __init__(self, channels, time_channels=128):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = nn.GroupNorm(8, channels)
        self.norm2 = nn.GroupNorm(8, channels)
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(time_channels, channels))

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x)))
        h += self.time(t)[:, :, None, None]
        return x + self.conv2(F.silu(self.norm2(h)))
