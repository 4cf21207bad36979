# residua-test: wrong target=Smooth
import torch
from torch import nn


class Smooth(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, channels, 5, padding=(1,), bias=False)  # expect: R129
        self.bn1 = nn.BatchNorm1d(channels)
        self.conv2 = nn.Conv1d(channels, channels, 5, padding=(2,), bias=False)
        self.bn2 = nn.BatchNorm1d(channels)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return torch.relu(out + x)
