# residua-test: right target=ShuffleUnit style='no residual addition'
import torch
import torch.nn as nn


class ShuffleUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        c = channels // 2
        self.b = nn.Sequential(nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1, groups=c, bias=False),
                               nn.BatchNorm2d(c), nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU())

    def forward(self, x):
        a, b = x.chunk(2, 1)
        y = torch.cat([a, self.b(b)], 1)
        n, c, h, w = y.shape
        return y.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
