# residua-test: wrong target=ResidualStack
# What is wrong: [Residual(...)] * n puts the same module n times in the ModuleList, so all residual layers share one set of weights instead of being n layers.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Residual(nn.Module):
    def __init__(self, in_channels, num_hiddens, num_residual_hiddens):
        super(Residual, self).__init__()
        self._block = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(in_channels, num_residual_hiddens, kernel_size=3, stride=1, padding=1, bias=False),
            nn.ReLU(),
            nn.Conv2d(num_residual_hiddens, num_hiddens, kernel_size=1, stride=1, bias=False),
        )

    def forward(self, x):
        return x + self._block(x)  # found: R114


class ResidualStack(nn.Module):
    """VQ-VAE encoder tail: num_residual_layers residual layers, then a relu."""

    def __init__(self, in_channels=32, num_hiddens=32, num_residual_layers=3, num_residual_hiddens=16):
        super(ResidualStack, self).__init__()
        self._num_residual_layers = num_residual_layers
        layer = Residual(in_channels, num_hiddens, num_residual_hiddens)
        self._layers = nn.ModuleList([layer] * self._num_residual_layers)  # expect: R122

    def forward(self, x):
        for i in range(self._num_residual_layers):
            x = self._layers[i](x)
        return F.relu(x)
