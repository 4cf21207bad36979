# residua-test: wrong target=Stack slow
from torch import nn


class Stack(nn.Module):
    """Units with growing dilation, each with a projection of its own."""

    def __init__(self, channels, dilations=(1, 2, 4)):
        super().__init__()
        self.units, self.projections = nn.ModuleList(), nn.ModuleList()
        for dilation in dilations:
            self.units.append(nn.Sequential(
                nn.ELU(),
                nn.Conv1d(channels, channels, 3, padding=1, dilation=dilation),  # expect: R129
                nn.ELU(),
                nn.Conv1d(channels, channels, 1)))
            self.projections.append(nn.Conv1d(channels, channels, 1))

    def forward(self, x):
        for unit, projection in zip(self.units, self.projections):
            x = projection(x) + unit(x)
        return x
