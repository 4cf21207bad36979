# residua-test: wrong target=Refine right=blocks/norm_that_is_used
from torch import nn


class Refine(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)  # expect: R126 warning
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        # out = self.conv1(self.bn1(x))
        out = self.conv1(x)
        return x + self.conv2(self.relu(out))
