# residua-test: wrong target=Shift
import torch.nn.functional as F
from torch import nn


class Shift(nn.Module):
    """crop by another amount"""
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv3d(channels, channels, 3)
        self.conv2 = nn.Conv3d(channels, channels, 3)
    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        return F.relu(y + x[:, :, 4:, 4:, 4:])  # expect: R199
