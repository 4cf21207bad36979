# residua-test: wrong target=WrongMultiply
from torch import nn
from torch.nn import functional as F


class WrongMultiply(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x):
        return F.relu(x * self.net(x))  # expect: R102
