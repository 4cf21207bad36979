# residua-test: right target=Group
from torch import nn


class Group(nn.Module):
    """One residual block and a convolution below a long skip, as in RCAN."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.tail = nn.Conv2d(channels, channels, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        y = x + self.conv2(self.act(self.conv1(x)))
        return x + self.tail(y)
