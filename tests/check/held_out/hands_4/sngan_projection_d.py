# residua-test: right target=SNResNetDiscriminator
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm as sn


class OptimizedBlock(nn.Module):
    """First block: works on the image itself, so it must not start with an activation."""

    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.c1 = sn(nn.Conv2d(in_ch, out_ch, 3, padding=1))
        self.c2 = sn(nn.Conv2d(out_ch, out_ch, 3, padding=1))
        self.c_sc = sn(nn.Conv2d(in_ch, out_ch, 1))

    def forward(self, x):
        h = F.avg_pool2d(self.c2(F.relu(self.c1(x))), 2)
        return h + self.c_sc(F.avg_pool2d(x, 2))


class DisBlock(nn.Module):
    def __init__(self, in_ch, out_ch, downsample=False):
        super().__init__()
        self.downsample = downsample
        self.c1 = sn(nn.Conv2d(in_ch, in_ch, 3, padding=1))
        self.c2 = sn(nn.Conv2d(in_ch, out_ch, 3, padding=1))
        self.c_sc = sn(nn.Conv2d(in_ch, out_ch, 1)) if downsample or in_ch != out_ch else None

    def forward(self, x):
        h = self.c2(F.relu(self.c1(F.relu(x))))
        s = x if self.c_sc is None else self.c_sc(x)
        if self.downsample:
            h, s = F.avg_pool2d(h, 2), F.avg_pool2d(s, 2)
        return h + s


class SNResNetDiscriminator(nn.Module):
    def __init__(self, ch: int = 64, n_classes: int = 0):
        super().__init__()
        self.blocks = nn.Sequential(
            OptimizedBlock(3, ch), DisBlock(ch, 2 * ch, True), DisBlock(2 * ch, 4 * ch, True),
            DisBlock(4 * ch, 4 * ch), DisBlock(4 * ch, 4 * ch))
        self.l_out = sn(nn.Linear(4 * ch, 1))
        self.l_y = sn(nn.Embedding(n_classes, 4 * ch)) if n_classes > 0 else None

    def forward(self, x, y=None):
        h = F.relu(self.blocks(x)).sum(dim=(2, 3))     # global sum pooling
        out = self.l_out(h)
        if y is not None and self.l_y is not None:
            out = out + (self.l_y(y) * h).sum(dim=1, keepdim=True)
        return out
