# residua-test: right target=Pooled
import torch
from torch import nn


class Pooled(nn.Module):
    """The one channel is a score of each pixel; the softmax runs over these."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.score = nn.Conv2d(channels, 1, kernel_size=1)

    def forward(self, x):
        y = self.conv2(torch.relu(self.conv1(x)))
        weights = torch.softmax(self.score(y).flatten(2), dim=2)
        return x + y + (y.flatten(2) * weights).sum(2)[:, :, None, None]
