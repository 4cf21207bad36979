# residua-test: wrong target=Halves right=blocks/halves
import torch
import torch.nn as nn


class Halves(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.body = nn.Sequential(nn.Conv2d(half, half, 3, padding=1, bias=False), nn.BatchNorm2d(half), nn.ReLU())

    def forward(self, x):
        a, b = x.chunk(2, 1)
        return torch.cat([a, a + self.body(a)], 1)  # expect: R173
