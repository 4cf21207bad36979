# residua-test: right target=Exchange
from torch import nn
from torch.nn import functional as F


class Unit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Exchange(nn.Module):
    """HRNet: each resolution goes through units of its own, and the coarser ones are added to the finest."""

    def __init__(self, widths=(16, 32, 64)):
        super().__init__()
        self.branches = nn.ModuleList([Unit(width) for width in widths])
        self.down = nn.ModuleList([nn.Conv2d(width, widths[0], 1) for width in widths[1:]])

    def forward(self, x):
        for i in range(len(self.branches)):
            x[i] = self.branches[i](x[i])
        finest = x[0]
        for i in range(1, len(self.branches)):
            finest = finest + F.interpolate(self.down[i - 1](x[i]), size=finest.shape[-2:])
        return [F.relu(finest), *x[1:]]
