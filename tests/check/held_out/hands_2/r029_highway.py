# residua-test: right target=Highway
import torch
import torch.nn as nn


class Highway(nn.Module):
    """Highway layer with coupled carry gate (Srivastava et al. 2015)."""

    def __init__(self, channels, kernel_size=3, gate_bias=-2.0):
        super().__init__()
        self.h = nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.t = nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2)
        nn.init.constant_(self.t.bias, gate_bias)

    def forward(self, x):
        gate = torch.sigmoid(self.t(x))
        return gate * torch.relu(self.h(x)) + (1 - gate) * x
