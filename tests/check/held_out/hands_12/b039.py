# residua-test: right target=ReversibleSequence
import torch
import torch.nn as nn


def branch(c):
    return nn.Sequential(
        nn.GroupNorm(2, c),
        nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1),
    )


class ReversibleBlock(nn.Module):
    """
    y1 = x1 + f(x2)
    y2 = x2 + g(y1)
    """

    def __init__(self, f, g, split_dim=1):
        super().__init__()
        self.f, self.g = f, g
        self.split_dim = split_dim

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=self.split_dim)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat([y1, y2], dim=self.split_dim)

    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=self.split_dim)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat([x1, x2], dim=self.split_dim)


class ReversibleSequence(nn.Module):
    def __init__(self, channels, n_blocks=4):
        super().__init__()
        assert channels % 2 == 0
        half = channels // 2
        self.blocks = nn.ModuleList([ReversibleBlock(branch(half), branch(half)) for _ in range(n_blocks)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def inverse(self, y):
        for block in reversed(self.blocks):
            y = block.inverse(y)
        return y
