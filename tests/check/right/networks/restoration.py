# residua-test: right target=Restoration
import torch.nn.functional as F
from torch import nn


class Restoration(nn.Module):
    """A head of two convolutions, residuals of two, a tail of two."""

    def __init__(self, channels=3, width=16, blocks=3):
        super().__init__()
        self.head = nn.ModuleList([nn.Conv2d(channels, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)])
        self.pairs = nn.ModuleList(
            [nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(2)]) for _ in range(blocks)]
        )
        self.tail = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(2)])
        self.leave = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, x):
        h = self.head[1](F.relu(self.head[0](x)))
        long = h
        for first, second in self.pairs:
            h = h + second(F.relu(first(h)))
        h = self.tail[1](F.relu(self.tail[0](h)))
        return x + self.leave(h + long)
