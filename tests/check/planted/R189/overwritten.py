# residua-test: wrong target=Block right=blocks/expansion_kept
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, c=64, expansion=4):
        super().__init__()
        expansion = 4  # expect: R189
        self.b = nn.Sequential(nn.Conv2d(c, c // expansion, 1), nn.ReLU(), nn.Conv2d(c // expansion, c, 3, padding=1))

    def forward(self, x):
        return x + self.b(x)
