# residua-test: right target=FPN
import torch.nn as nn
import torch.nn.functional as F


class Backbone(nn.Module):
    def __init__(self, widths):
        super().__init__()
        sizes = [3, *widths]
        self.steps = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU()) for a, b in zip(sizes, sizes[1:])]
        )

    def forward(self, x):
        maps = []
        for step in self.steps:
            x = step(x)
            maps.append(x)
        return maps


class FPN(nn.Module):
    def __init__(self, widths=(16, 24, 32, 48), out_channels=16):
        super().__init__()
        self.body = Backbone(widths)
        self.inner = nn.ModuleList([nn.Conv2d(width, out_channels, 1) for width in widths])
        self.outer = nn.ModuleList([nn.Conv2d(out_channels, out_channels, 3, padding=1) for _ in widths])

    def forward(self, x):
        p = [conv(each) for conv, each in zip(self.inner, self.body(x))]
        coarser = [F.interpolate(each, size=fine.shape[-2:]) for fine, each in zip(p, p[1:])]
        mixed = [fine + coarse for fine, coarse in zip(p, coarser)]  # the neighbour itself, as it was
        p = [*mixed, p[-1]]
        return [conv(each) for conv, each in zip(self.outer, p)]
