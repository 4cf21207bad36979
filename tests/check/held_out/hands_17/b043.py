# residua-test: wrong target=BoardBlock
# What is wrong: the block's result is added to itself: the input never reaches the sum
import torch
from torch import nn


def plane_conv(width):
    return nn.Conv2d(width, width, kernel_size=3, stride=1, padding=1, bias=False)


class BoardBlock(nn.Module):
    """Residual tower unit of a board game network (batch, width, rows, columns)."""

    def __init__(self, width):
        super().__init__()
        self.conv_a = plane_conv(width)
        self.norm_a = nn.BatchNorm2d(width)
        self.conv_b = plane_conv(width)
        self.norm_b = nn.BatchNorm2d(width)

    def forward(self, state):
        state = self.conv_a(state)
        state = self.norm_a(state)
        state = torch.relu(state)
        state = self.conv_b(state)
        state = self.norm_b(state)
        state = state + state  # expect: R104
        return torch.relu(state)
