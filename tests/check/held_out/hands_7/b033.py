# residua-test: right target=RevNet
import torch
import torch.nn as nn
import torch.nn.functional as F


def branch(c):
    return nn.Sequential(
        nn.GroupNorm(4, c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1, bias=False),
        nn.GroupNorm(4, c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1, bias=False))


class RevBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.F = branch(channels // 2)
        self.G = branch(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.F(x2)
        y2 = x2 + self.G(y1)
        return torch.cat([y1, y2], dim=1)

    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.G(y1)
        x1 = y1 - self.F(x2)
        return torch.cat([x1, x2], dim=1)


class Squeeze(nn.Module):
    def forward(self, x):
        return F.pixel_unshuffle(x, 2)

    def inverse(self, y):
        return F.pixel_shuffle(y, 2)


class RevNet(nn.Module):
    def __init__(self, channels=16, blocks=(2, 2), classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, padding=1)
        mods, c = [], channels
        for i, n in enumerate(blocks):
            if i:
                mods.append(Squeeze())
                c *= 4
            mods += [RevBlock(c) for _ in range(n)]
        self.rev = nn.ModuleList(mods)
        self.norm = nn.GroupNorm(4, c)
        self.head = nn.Linear(c, classes)

    def features(self, x):
        for m in self.rev:
            x = m(x)
        return x

    def invert(self, y):
        for m in reversed(self.rev):
            y = m.inverse(y)
        return y

    def forward(self, x):
        h = self.features(self.stem(x))
        h = torch.relu(self.norm(h))
        return self.head(h.mean((2, 3)))
