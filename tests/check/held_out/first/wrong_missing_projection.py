# residua-test: wrong target=WrongMissingProjection
from torch import nn
from torch.nn import functional as F


class WrongMissingProjection(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU(), nn.Conv2d(out_channels, out_channels, 3, padding=1))

    def forward(self, x):
        return F.relu(self.block(x) + x)  # expect: R114
