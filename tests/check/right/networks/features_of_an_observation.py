# residua-test: right target=PixelEncoder
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.second = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(torch.relu(x))))


class PixelEncoder(nn.Module):
    """Features for a policy (Espeholt 2018): what ends in a ReLU here are no logits."""

    def __init__(self, out_dim=64, side=32):
        super().__init__()
        self.stages = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.MaxPool2d(3, 2, 1), Unit(16), Unit(16))
        self.dense = nn.Linear(16 * (side // 2) ** 2, out_dim)

    def forward(self, observation):
        return torch.relu(self.dense(torch.relu(self.stages(observation)).flatten(1)))
