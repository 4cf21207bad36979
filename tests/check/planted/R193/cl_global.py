# residua-test: wrong target=Block
import torch.nn as nn
import torch.nn.functional as F


shared_conv = nn.Conv2d(64, 64, 3, padding=1, bias=False)  # expect: R193


class Block(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = F.relu(self.bn1(shared_conv(x)))
        return F.relu(x + self.bn2(self.conv2(out)))
