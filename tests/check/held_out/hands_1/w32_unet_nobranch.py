# residua-test: wrong target=ResDouble
# What is wrong: identity saved AFTER the convolution, so skip is not from the input
import torch.nn as nn

class ResDouble(nn.Module):
    """(conv => BN => ReLU) * 2 with residual connection"""
    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        mid_channels = mid_channels or out_channels
        self.first = nn.Sequential(nn.Conv2d(in_channels, mid_channels, 3, padding=1, bias=False), nn.BatchNorm2d(mid_channels), nn.ReLU(inplace=True))
        self.second = nn.Sequential(nn.Conv2d(mid_channels, out_channels, 3, padding=1, bias=False), nn.BatchNorm2d(out_channels))
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        x = self.first(x)
        x = self.second(x)
        identity = x  # expect
        return self.relu(x + identity)  # expect: R104
