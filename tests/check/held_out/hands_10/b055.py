# residua-test: wrong target=BoardEncoder
# What is wrong: In BoardBlock.forward x is overwritten by the convolutions and then added to itself (x += x); the block's input never reaches the sum.
import torch
from torch import nn
from torch.nn import functional as F


class BoardBlock(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.conv_a = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.norm_a = nn.BatchNorm2d(filters)
        self.conv_b = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.norm_b = nn.BatchNorm2d(filters)

    def forward(self, x):
        x = F.relu(self.norm_a(self.conv_a(x)))
        x = self.norm_b(self.conv_b(x))
        x += x  # expect: R104
        return F.relu(x)


class BoardEncoder(nn.Module):
    """Tower for a self-play agent: planes of the last positions in, hidden state out.

    The hidden state is scaled to [0, 1] per sample, as the dynamics net expects it.
    """

    def __init__(self, planes, filters=64, blocks=4):
        super().__init__()
        self.entry = nn.Sequential(
            nn.Conv2d(planes, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU())
        self.tower = nn.ModuleList(BoardBlock(filters) for _ in range(blocks))

    def forward(self, x):
        h = self.entry(x)
        for blk in self.tower:
            h = blk(h)
        lo = h.amin(dim=(1, 2, 3), keepdim=True)
        hi = h.amax(dim=(1, 2, 3), keepdim=True)
        return (h - lo) / (hi - lo + 1e-5)
