# residua-test: wrong target=ResidualTower
# What is wrong: The list of blocks is one block object times n, so all the layers share one set of weights though n independent layers are meant.
import torch.nn as nn
import torch.nn.functional as F


class Residual(nn.Module):
    def __init__(self, in_channels, num_hiddens, num_residual_hiddens):
        super(Residual, self).__init__()
        self._c3 = nn.Conv2d(in_channels, num_residual_hiddens, 3, stride=1, padding=1, bias=False)
        self._c1 = nn.Conv2d(num_residual_hiddens, num_hiddens, 1, stride=1, bias=False)

    def forward(self, x):
        h = self._c3(F.relu(x))
        return x + self._c1(F.relu(h))


class ResidualTower(nn.Module):
    """`num_residual_layers` residual layers, each one with its own 3x3 and 1x1 convolution."""

    def __init__(self, in_channels=32, num_hiddens=32, num_residual_layers=3, num_residual_hiddens=8):
        super(ResidualTower, self).__init__()
        assert in_channels == num_hiddens
        self._num_residual_layers = num_residual_layers
        self._layers = nn.ModuleList(  # expect
            [Residual(in_channels, num_hiddens, num_residual_hiddens)] * num_residual_layers)  # found: R122

    def forward(self, x):
        for i in range(self._num_residual_layers):
            x = self._layers[i](x)
        return F.relu(x)
