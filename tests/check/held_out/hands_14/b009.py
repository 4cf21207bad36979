# residua-test: right target=RevBlock
import torch
import torch.nn as nn


def branch(c):
    return nn.Sequential(
        nn.GroupNorm(1, c), nn.ReLU(), nn.Conv2d(c, c, 3, 1, 1, bias=False),
        nn.GroupNorm(1, c), nn.ReLU(), nn.Conv2d(c, c, 3, 1, 1, bias=False),
    )


class RevBlock(nn.Module):
    r"""
        y1 = x1 + F(x2)
        y2 = x2 + G(y1)

    and back

        x2 = y2 - G(y1)
        x1 = y1 - F(x2)
    """

    def __init__(self, channels=64):
        super().__init__()
        if channels % 2:
            raise ValueError('need an even number of channels')
        self.F = branch(channels // 2)
        self.G = branch(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.F(x2)
        y2 = x2 + self.G(y1)
        return torch.cat((y1, y2), dim=1)

    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.G(y1)
        x1 = y1 - self.F(x2)
        return torch.cat((x1, x2), dim=1)
