# residua-test: right target=ReversibleSeq
import torch
import torch.nn as nn


class Half(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gn = nn.GroupNorm(4, c)
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, z):
        return self.conv(torch.relu(self.gn(z)))


class ReversibleSeq(nn.Module):
    """y1 = x1 + F(x2), y2 = x2 + G(y1); the halves swap roles from block to block."""

    def __init__(self, channels=32, depth=3):
        super().__init__()
        c = channels // 2
        self.fs = nn.ModuleList(Half(c) for _ in range(depth))
        self.gs = nn.ModuleList(Half(c) for _ in range(depth))

    def forward(self, x):
        a, b = torch.chunk(x, 2, 1)
        for f, g in zip(self.fs, self.gs):
            a = a + f(b)
            b = b + g(a)
            a, b = b, a
        return torch.cat((a, b), 1)

    @torch.no_grad()
    def inverse(self, y):
        a, b = torch.chunk(y, 2, 1)
        for f, g in zip(reversed(self.fs), reversed(self.gs)):
            a, b = b, a
            b = b - g(a)
            a = a - f(b)
        return torch.cat((a, b), 1)
