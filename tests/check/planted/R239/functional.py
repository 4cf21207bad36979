# residua-test: wrong target=ResidualUnit
import torch.nn as nn
import torch.nn.functional as F


class ResidualUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv1d(channels, channels, 3, padding=1)
        self.second = nn.Conv1d(channels, channels, 3, padding=1)

    def forward(self, x):
        h = F.leaky_relu(x, True)  # expect: R239
        h = self.first(h)
        h = self.second(F.leaky_relu(h, 0.1))
        return x + h
