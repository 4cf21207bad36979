# residua-test: right target=ScaledSum
import torch.nn as nn
import torch.nn.functional as F


class ScaledSum(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv2(F.leaky_relu(self.conv1(F.leaky_relu(x))))
        return (x + y) / 2**0.5
