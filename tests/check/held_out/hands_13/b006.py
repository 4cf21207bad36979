# residua-test: wrong target=CriticBlock
# What is wrong: The pre-activation ReLU is in place and changes x, so the shortcut gets relu(x) (and the caller's tensor is changed).
import torch
import torch.nn as nn
from torch.nn.utils import spectral_norm


class CriticBlock(nn.Module):
    """Discriminator block, pre-activation (relu, conv, relu, conv) and average pooling at the end.
    The shortcut gets the block's input as it is."""

    def __init__(self, cin=16, cout=32, pool=True):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.c1 = spectral_norm(nn.Conv2d(cin, cout, 3, padding=1))
        self.c2 = spectral_norm(nn.Conv2d(cout, cout, 3, padding=1))
        self.pool = nn.AvgPool2d(2) if pool else nn.Identity()
        self.sc = spectral_norm(nn.Conv2d(cin, cout, 1)) if cin != cout else nn.Identity()

    def forward(self, x):
        h = self.relu(x)  # expect: R108
        h = self.c1(h)
        h = self.relu(h)
        h = self.c2(h)
        return self.pool(h) + self.pool(self.sc(x))
