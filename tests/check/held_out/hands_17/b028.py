# residua-test: wrong target=SynthUnit
# What is wrong: h.add(...) is not in place and its result is not assigned: the noise is never added and its strength never trained
import torch
from torch import nn


class SynthUnit(nn.Module):
    def __init__(self, maps):
        super().__init__()
        self.inner = nn.Conv2d(maps, maps, 3, padding=1)
        self.outer = nn.Conv2d(maps, maps, 3, padding=1)
        self.strength = nn.Parameter(torch.zeros(1, maps, 1, 1))
        self.act = nn.LeakyReLU(0.2)

    def forward(self, x):
        h = self.inner(x)
        if self.training:
            b, _, rows, cols = h.shape
            h.add(self.strength * torch.randn(b, 1, rows, cols, device=h.device, dtype=h.dtype))  # expect: R155
        h = self.outer(self.act(h))
        return self.act(x + h)
