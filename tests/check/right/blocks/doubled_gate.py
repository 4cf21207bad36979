# residua-test: right target=Doubled
import torch
from torch import nn


class Doubled(nn.Module):
    """A gate around one: 2·sigmoid."""

    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Linear(channels, channels)

    def forward(self, x):
        y = self.conv2(torch.relu(self.conv1(x)))
        g = 2 * torch.sigmoid(self.gate(y.mean((2, 3))))
        return x + y * g[:, :, None, None]
