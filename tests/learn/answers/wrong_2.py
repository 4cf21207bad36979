"""Wrong answers to lesson 2: a ReLU before the sum, all names, and an input that is spoilt."""

from torch import nn
from torch.nn import functional as F


class MendedBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


def without_gradient(block, x):
    return [name for name, _ in block.named_parameters()]


def changes_input(block, x):
    before = x.clone()
    block(x)
    return bool((x != before).any())
