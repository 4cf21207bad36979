# residua-test: wrong target=ResidualStack
# What is wrong: `[Residual(...)] * n` repeats one module object, so all layers of the stack share the same weights
import torch
import torch.nn as nn
import torch.nn.functional as F


class Residual(nn.Module):
    def __init__(self, in_channels, num_hiddens, num_residual_hiddens):
        super().__init__()
        self._block = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(in_channels, num_residual_hiddens, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.Conv2d(num_residual_hiddens, num_hiddens, 1, bias=False),
        )

    def forward(self, x):
        return x + self._block(x)


class ResidualStack(nn.Module):
    """A stack of residual layers, as in the VQ-VAE paper."""

    def __init__(self, in_channels=64, num_hiddens=64, num_residual_layers=4, num_residual_hiddens=32):
        super().__init__()
        self._num_residual_layers = num_residual_layers
        self._layers = nn.ModuleList(  # expect
            [Residual(in_channels, num_hiddens, num_residual_hiddens)] * self._num_residual_layers)  # expect: R122

    def forward(self, x):
        for layer in self._layers:  # expect
            x = layer(x)
        return F.relu(x)
