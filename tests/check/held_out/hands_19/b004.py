# residua-test: right target=RevNetStage args='channels=32'
# Why it is right: a reversible residual stage couples two halves: y1 = x1 + F(x2), y2 = x2 + G(y1), which can be inverted exactly.
import torch
import torch.nn as nn


def residual_fn(c):
    return nn.Sequential(
        nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1, bias=False),
        nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1, bias=False))


class RevBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = residual_fn(channels // 2)
        self.g = residual_fn(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat((y1, y2), dim=1)

    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat((x1, x2), dim=1)


class RevNetStage(nn.Module):
    def __init__(self, channels, depth=3):
        super().__init__()
        self.blocks = nn.ModuleList(RevBlock(channels) for _ in range(depth))

    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        return x
