# residua-test: right target=GroupedByHand
import torch
import torch.nn as nn
import torch.nn.functional as F


class GroupedByHand(nn.Module):
    """ResNeXt's third form, with the groups written out."""

    def __init__(self, channels, groups=4):
        super().__init__()
        self.reduce = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
        self.convs = nn.ModuleList(
            [nn.Conv2d(channels // groups, channels // groups, 3, padding=1, bias=False) for _ in range(groups)]
        )
        self.norm = nn.BatchNorm2d(channels)
        self.expand = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        pieces = self.reduce(x).chunk(len(self.convs), 1)
        h = torch.cat([conv(piece) for conv, piece in zip(self.convs, pieces)], 1)
        return F.relu(x + self.expand(F.relu(self.norm(h))))
