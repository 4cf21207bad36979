# residua-test: wrong target=TopDown
from torch import nn
from torch.nn import functional as F


class TopDown(nn.Module):
    def __init__(self, channels=(16, 32, 64), width=24):
        super().__init__()
        self.entries = nn.ModuleList(
            nn.Sequential(nn.Conv2d(each, width, 1), nn.BatchNorm2d(width), nn.ReLU()) for each in channels
        )

    def forward(self, maps):
        levels = [self.entries[i](maps[i]) for i in range(len(maps))]
        for i in range(len(levels) - 1, 0, -1):
            levels[i - 1] += F.interpolate(levels[i], size=levels[i - 1].shape[-2:])  # expect: R109
        return levels[0]
