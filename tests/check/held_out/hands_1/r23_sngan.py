# residua-test: right target=DBlock
import torch.nn as nn, torch.nn.functional as F
from torch.nn.utils import spectral_norm as SN
class DBlock(nn.Module):
    def __init__(self, in_channels, out_channels, downsample=False):
        super().__init__()
        self.c1 = SN(nn.Conv2d(in_channels, out_channels, 3, padding=1))
        self.c2 = SN(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.learn = in_channels != out_channels or downsample
        if self.learn: self.sc = SN(nn.Conv2d(in_channels, out_channels, 1))
        self.downsample = downsample
    def forward(self, x):
        h = self.c2(F.relu(self.c1(F.relu(x))))
        s = self.sc(x) if self.learn else x
        if self.downsample:
            h, s = F.avg_pool2d(h, 2), F.avg_pool2d(s, 2)
        return h + s
