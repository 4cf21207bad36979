# residua-test: wrong target=GatedBasicBlock
# What is wrong: The squeeze averages over the batch as well (dim 0), so every sample gets the same gate, computed from the whole batch
import torch
import torch.nn as nn


class ChannelGate(nn.Module):
    """Squeeze-and-excitation gate."""

    def __init__(self, channels, reduction=8):
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // reduction)
        self.fc2 = nn.Linear(channels // reduction, channels)

    def forward(self, x):
        s = x.mean(dim=(0, 2, 3))  # expect: R147
        s = torch.sigmoid(self.fc2(torch.relu(self.fc1(s))))
        return x * s.view(1, -1, 1, 1)  # expect


class GatedBasicBlock(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = ChannelGate(channels)

    def forward(self, x):
        out = self.conv1(torch.relu(self.norm1(x)))
        out = self.conv2(torch.relu(self.norm2(out)))
        return x + self.gate(out)
