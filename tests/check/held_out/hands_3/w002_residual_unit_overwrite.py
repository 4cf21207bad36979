# residua-test: wrong target=ResidualUnit
# What is wrong: x is overwritten by the branch, so the addition is F(x)+F(x), not F(x)+x
import torch
from torch import nn


class ResidualUnit(nn.Module):
    """y = act(x + F(x)),  F = conv-norm-act-conv-norm"""

    def __init__(self, channels: int):
        super().__init__()
        self.conv_a = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm_a = nn.BatchNorm2d(channels)
        self.conv_b = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm_b = nn.BatchNorm2d(channels)
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.norm_a(self.conv_a(x)))  # expect
        x = self.norm_b(self.conv_b(x))  # expect
        return self.act(x + x)  # expect: R104
