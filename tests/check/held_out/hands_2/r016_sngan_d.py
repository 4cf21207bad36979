# residua-test: right target=DisBlock
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm


class DisBlock(nn.Module):
    def __init__(self, in_ch, out_ch, downsample=False):
        super().__init__()
        self.downsample = downsample
        self.conv1 = spectral_norm(nn.Conv2d(in_ch, in_ch, 3, 1, 1))
        self.conv2 = spectral_norm(nn.Conv2d(in_ch, out_ch, 3, 1, 1))
        self.sc = spectral_norm(nn.Conv2d(in_ch, out_ch, 1)) if in_ch != out_ch or downsample else None

    def _pool(self, x):
        return F.avg_pool2d(x, 2) if self.downsample else x

    def _residual(self, x):
        h = self.conv1(F.relu(x))
        h = self.conv2(F.relu(h))
        return self._pool(h)

    def _shortcut(self, x):
        if self.sc is None:
            return x
        return self._pool(self.sc(x))

    def forward(self, x):
        return self._residual(x) + self._shortcut(x)
