# residua-test: wrong target=CropEnd
import torch.nn.functional as F
from torch import nn


class CropEnd(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 5)
        self.bn = nn.BatchNorm2d(channels)
    def forward(self, x):
        y = self.bn(self.conv(x))
        return F.relu(y + x[:, :, : y.size(2), : y.size(3)])  # expect: R199
