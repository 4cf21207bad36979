# residua-test: wrong target=GNBlock
# What is wrong: GroupNorm's arguments are swapped (num_groups=channels, num_channels=groups): crash
import torch
from torch import nn
import torch.nn.functional as F


class GNBlock(nn.Module):
    def __init__(self, channels, groups=8):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        norm = lambda: nn.GroupNorm(channels, groups)  # expect: R161
        self.n1, self.n2 = norm(), norm()

    def forward(self, x):
        h = F.relu(self.n1(self.conv1(x)))
        h = self.n2(self.conv2(h))
        return F.relu(h + x)
