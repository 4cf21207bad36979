# residua-test: right target=Pyramid
from torch import nn
from torch.nn import functional as F


class Pyramid(nn.Module):
    """Coarse maps come first; each is made twice as large and added to the next finer one."""

    def __init__(self, channels=(64, 32, 16), width=24):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(each, width, 1) for each in channels)
        self.smooth = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in channels)

    def forward(self, features):
        assert len(features) == len(self.lateral)
        above, levels = None, []
        for lateral, smooth, each in zip(self.lateral, self.smooth, features):
            here = lateral(each)
            if above is not None:
                here = here + F.interpolate(above, scale_factor=2, mode="nearest")
            above = here
            levels.append(smooth(here))
        return levels
