# residua-test: wrong target=MembraneUnit
# What is wrong: two unpadded 3x3 convolutions answer for the middle of the map, the shortcut keeps the upper left corner: it is shifted by two pixels
import torch
import torch.nn as nn


class MembraneUnit(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.one = nn.Conv2d(cin, cout, 3)
        self.two = nn.Conv2d(cout, cout, 3)
        self.side = nn.Conv2d(cin, cout, 1) if cin != cout else None

    def forward(self, tile):
        y = torch.relu(self.one(tile))
        y = self.two(y)
        rows, cols = y.shape[2:]
        kept = tile[:, :, :rows, :cols]  # expect: R199
        if self.side is not None:
            kept = self.side(kept)
        return torch.relu(y + kept)
