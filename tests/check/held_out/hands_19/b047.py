# residua-test: right target=SDiscriminator
# Why it is right: SNGAN's residual critic: the first block sees raw pixels and therefore has no leading ReLU and pools before its 1x1 skip; later blocks pool after it; the features are summed.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm


class OptimizedBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = spectral_norm(nn.Conv2d(cin, cout, 3, 1, 1))
        self.c2 = spectral_norm(nn.Conv2d(cout, cout, 3, 1, 1))
        self.c_sc = spectral_norm(nn.Conv2d(cin, cout, 1))

    def forward(self, x):
        h = F.relu(self.c1(x))
        h = F.avg_pool2d(self.c2(h), 2)
        return h + self.c_sc(F.avg_pool2d(x, 2))


class DBlock(nn.Module):
    def __init__(self, cin, cout, downsample=False):
        super().__init__()
        self.downsample = downsample
        self.learnable_sc = cin != cout or downsample
        self.c1 = spectral_norm(nn.Conv2d(cin, cout, 3, 1, 1))
        self.c2 = spectral_norm(nn.Conv2d(cout, cout, 3, 1, 1))
        if self.learnable_sc:
            self.c_sc = spectral_norm(nn.Conv2d(cin, cout, 1))

    def _pool(self, x):
        return F.avg_pool2d(x, 2) if self.downsample else x

    def forward(self, x):
        h = self.c2(F.relu(self.c1(F.relu(x))))
        sc = self.c_sc(x) if self.learnable_sc else x
        return self._pool(h) + self._pool(sc)


class SDiscriminator(nn.Module):
    def __init__(self, ch=32):
        super().__init__()
        self.block1 = OptimizedBlock(3, ch)
        self.block2 = DBlock(ch, ch, downsample=True)
        self.block3 = DBlock(ch, ch)
        self.block4 = DBlock(ch, ch)
        self.l5 = spectral_norm(nn.Linear(ch, 1))

    def forward(self, x):
        h = self.block4(self.block3(self.block2(self.block1(x))))
        h = torch.sum(F.relu(h), dim=(2, 3))
        return self.l5(h)
