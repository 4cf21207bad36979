# residua-test: wrong target=WrongDiscardedMethod
import torch.nn.functional as F
from torch import nn


class WrongDiscardedMethod(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1))

    def forward(self, x):
        y = self.f(x)
        y.add(x)  # expect: R101
        return F.relu(y)
