# residua-test: right target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """The numbers of Keras's batch norm: eps, then what is new in its running statistics."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels, 1e-3, 0.01)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels, 1e-3, 0.01)

    def forward(self, x):
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
