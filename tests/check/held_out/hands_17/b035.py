# residua-test: wrong target=SpectroEncoder
# What is wrong: the loop takes self.units[0] at every level: one unit is run at all resolutions and the others never
import torch
import torch.nn as nn
import torch.nn.functional as F


class SpectroUnit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lead = nn.Conv2d(width, width, (3, 3), padding=(1, 1))
        self.tail = nn.Conv2d(width, width, (3, 3), padding=(1, 1))
        self.gn = nn.GroupNorm(8, width)

    def forward(self, s):
        return s + self.tail(F.mish(self.gn(self.lead(s))))


class SpectroEncoder(nn.Module):
    """(batch, 1, bins, frames) to one vector."""

    def __init__(self, width=32, levels=4, out=64):
        super().__init__()
        self.read = nn.Conv2d(1, width, 5, padding=2)
        self.units = nn.ModuleList([SpectroUnit(width) for _ in range(levels)])
        self.write = nn.Linear(width, out)

    def forward(self, spec):
        h = self.read(spec)
        for _ in range(len(self.units)):
            h = self.units[0](h)  # expect: R121  # expect: R183
            h = F.avg_pool2d(h, 2)
        return self.write(h.amax(dim=(2, 3)))
