# residua-test: wrong target=WrongDoubleSkip
import torch.nn.functional as F
from torch import nn


class WrongDoubleSkip(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.f(x) + x
        y = F.relu(y)
        return y + x  # expect: R105
