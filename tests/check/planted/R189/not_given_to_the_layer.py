# residua-test: wrong target=Grouped right=blocks/given_to_the_layer
import torch
from torch import nn


def conv3x3(cin, cout, groups=1):
    return nn.Conv2d(cin, cout, 3, padding=1, bias=False)  # expect: R189


class Grouped(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = conv3x3(channels, channels, groups=8)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels, groups=8)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(x + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))
