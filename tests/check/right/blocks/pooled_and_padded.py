# residua-test: right target=Pooled
import torch.nn.functional as F
from torch import nn


class Pooled(nn.Module):
    """Averages its shortcut and pads the channels, as PyramidNet does."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.stride, self.more = stride, cout - cin
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        short = F.avg_pool2d(x, self.stride, ceil_mode=True) if self.stride > 1 else x
        return F.relu(y + F.pad(short, (0, 0, 0, 0, 0, self.more)))
