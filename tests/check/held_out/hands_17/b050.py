# residua-test: right target=TwinUnit
import torch
from torch import nn


def branch(width):
    return nn.Sequential(nn.GroupNorm(2, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1))


class TwinUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        if channels % 4:
            raise ValueError("channels must be a multiple of four")
        self.f, self.g = branch(channels // 2), branch(channels // 2)

    def forward(self, x):
        left, right = torch.chunk(x, 2, dim=1)
        left = left + self.f(right)
        right = right + self.g(left)
        return torch.cat((left, right), dim=1)

    @torch.no_grad()
    def inverse(self, y):
        left, right = torch.chunk(y, 2, dim=1)
        right = right - self.g(left)
        left = left - self.f(right)
        return torch.cat((left, right), dim=1)
