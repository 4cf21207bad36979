# residua-test: right target=Discriminator
# Why it is right: A correct SNGAN discriminator: no activation before the first convolution of the image block, pooling after the convolution in its branch and before it in its shortcut.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm as sn


class OptimizedBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = sn(nn.Conv2d(cin, cout, 3, 1, 1))
        self.c2 = sn(nn.Conv2d(cout, cout, 3, 1, 1))
        self.c_sc = sn(nn.Conv2d(cin, cout, 1))

    def forward(self, x):
        h = self.c2(F.relu(self.c1(x)))
        return F.avg_pool2d(h, 2) + self.c_sc(F.avg_pool2d(x, 2))


class Block(nn.Module):
    def __init__(self, cin, cout, downsample=False):
        super().__init__()
        self.downsample = downsample
        self.c1 = sn(nn.Conv2d(cin, cin, 3, 1, 1))
        self.c2 = sn(nn.Conv2d(cin, cout, 3, 1, 1))
        self.c_sc = sn(nn.Conv2d(cin, cout, 1)) if cin != cout or downsample else None

    def forward(self, x):
        h = self.c2(F.relu(self.c1(F.relu(x))))
        s = x if self.c_sc is None else self.c_sc(x)
        if self.downsample:
            h, s = F.avg_pool2d(h, 2), F.avg_pool2d(s, 2)
        return h + s


class Discriminator(nn.Module):
    """Hinge-loss critic for 32x32 images."""

    def __init__(self, ch=32):
        super().__init__()
        self.blocks = nn.Sequential(OptimizedBlock(3, ch), Block(ch, ch, True), Block(ch, ch), Block(ch, ch))
        self.fc = sn(nn.Linear(ch, 1, bias=False))

    def forward(self, x):
        h = F.relu(self.blocks(x))
        return self.fc(h.sum((2, 3)))
