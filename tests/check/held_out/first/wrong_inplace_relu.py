# residua-test: wrong target=WrongInplaceRelu
from torch import nn


class WrongInplaceRelu(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.act = nn.LeakyReLU(0.2, inplace=True)
        self.conv1, self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x):
        h = self.conv1(self.act(x))  # expect: R108
        h = self.conv2(self.act(h))
        return x + h
