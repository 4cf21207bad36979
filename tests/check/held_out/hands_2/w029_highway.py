# residua-test: wrong target=HighwayConv
# What is wrong: the carry term multiplies h instead of x, so the input is not carried at all
import torch
from torch import nn


class HighwayConv(nn.Module):
    """Convolutional highway layer, y = T(x) H(x) + (1 - T(x)) x."""

    def __init__(self, filters, kernel_size=3):
        super().__init__()
        pad = kernel_size // 2
        self.transform = nn.Conv2d(filters, filters, kernel_size, padding=pad)
        self.gate = nn.Conv2d(filters, filters, kernel_size, padding=pad)  # expect
        nn.init.constant_(self.gate.bias, -2.0)

    def forward(self, x):
        h = torch.relu(self.transform(x))
        t = torch.sigmoid(self.gate(x))  # expect
        return t * h + (1.0 - t) * h  # expect: R201
