# residua-test: right target=Critic
import torch
import torch.nn as nn
import torch.nn.functional as F

sn = nn.utils.parametrizations.spectral_norm


class FirstBlock(nn.Module):
    """The first block works on raw images, so it has no leading activation."""

    def __init__(self, cin, cout):
        super().__init__()
        self.conv1 = sn(nn.Conv2d(cin, cout, 3, padding=1))
        self.conv2 = sn(nn.Conv2d(cout, cout, 3, padding=1))
        self.skip = sn(nn.Conv2d(cin, cout, 1))

    def forward(self, x):
        h = self.conv2(F.relu(self.conv1(x)))
        return F.avg_pool2d(h, 2) + self.skip(F.avg_pool2d(x, 2))


class CriticBlock(nn.Module):
    def __init__(self, cin, cout, down):
        super().__init__()
        self.conv1 = sn(nn.Conv2d(cin, cin, 3, padding=1))
        self.conv2 = sn(nn.Conv2d(cin, cout, 3, padding=1))
        self.skip = sn(nn.Conv2d(cin, cout, 1)) if down or cin != cout else None
        self.down = down

    def forward(self, x):
        h = self.conv2(F.relu(self.conv1(F.relu(x))))
        s = x if self.skip is None else self.skip(x)
        if self.down:
            h, s = F.avg_pool2d(h, 2), F.avg_pool2d(s, 2)
        return h + s


class Critic(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.blocks = nn.Sequential(
            FirstBlock(3, width), CriticBlock(width, width * 2, True), CriticBlock(width * 2, width * 2, False))
        self.out = sn(nn.Linear(width * 2, 1))

    def forward(self, x):
        h = F.relu(self.blocks(x)).sum(dim=(2, 3))
        return self.out(h)
