# residua-test: wrong target=Upscaler right=networks/around_the_body
import torch
from torch import nn


class RB(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(n, n, 3, 1, 1), nn.ReLU(True), nn.Conv2d(n, n, 3, 1, 1))

    def forward(self, x):
        return x + self.body(x)


class Upscaler(nn.Module):
    def __init__(self, n=32, depth=4, scale=2):
        super().__init__()
        self.head = nn.Conv2d(3, n, 3, 1, 1)
        self.body = nn.Sequential(*[RB(n) for _ in range(depth)])
        self.tail = nn.Conv2d(n, n, 3, 1, 1)
        self.up = nn.Sequential(nn.Conv2d(n, n * scale ** 2, 3, 1, 1), nn.PixelShuffle(scale), nn.Conv2d(n, 3, 3, 1, 1))

    def forward(self, x):
        x = self.head(x)
        x = self.body(x)
        res = self.tail(x)
        res += x  # expect: R228
        return self.up(res)
