# residua-test: wrong target=DownBlock
import torch.nn as nn
import torch.nn.functional as F


class DownBlock(nn.Module):
    def __init__(self, ch, pool=False):
        super().__init__()
        self.pool = pool
        self.conv = nn.Sequential(
            nn.Conv2d(ch, ch, 3, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(ch, ch, 3, padding=1))

    def forward(self, x):
        h = self.conv(x)
        if self.pool:
            h = F.avg_pool2d(h, 2)  # expect
        return x + h  # expect: R114
