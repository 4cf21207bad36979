# residua-test: wrong target=WrongTypo
from torch import nn
from torch.nn import functional as F


class WrongTypo(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))  # expect: R161
