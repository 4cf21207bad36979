# residua-test: right target=HalfTurn
import torch
from torch import nn


class HalfTurn(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv1d(channels, channels, 3, padding=1)

    def forward(self, x):
        half = x.shape[-1] // 2
        y = self.conv2(torch.relu(self.conv1(x.roll(half, -1))))
        return x + y.roll(half, -1)
