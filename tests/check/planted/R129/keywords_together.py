# residua-test: wrong target=Wide args='64, rate=3'
import torch
from torch import nn


class Wide(nn.Module):
    def __init__(self, channels, rate=1):
        super().__init__()
        settings = {
            "kernel_size": 3,
            "padding": 1,  # expect: R129
            "dilation": rate,
        }
        self.first = nn.Sequential(nn.Conv2d(channels, channels, **settings), nn.BatchNorm2d(channels), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(channels, channels, **settings), nn.BatchNorm2d(channels))

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))
