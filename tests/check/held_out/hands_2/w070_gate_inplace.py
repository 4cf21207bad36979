# residua-test: wrong target=AttnGateBlock
# What is wrong: mul_ gates the block input in place, so the identity added at the end is gated too (and the caller's tensor is changed)
import torch
import torch.nn as nn


class AttnGateBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, width, 1), nn.Sigmoid())
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        identity = x
        h = x.mul_(self.gate(x))  # expect: R108
        h = torch.relu(self.bn1(self.conv1(h)))
        h = self.bn2(self.conv2(h))
        return torch.relu(h + identity)  # expect
