# residua-test: wrong target=Critic
import torch.nn.functional as F
from torch import nn


class Critic(nn.Module):
    def __init__(self, in_channels, out_channels, downsample=False):
        super().__init__()
        self.downsample = downsample
        self.first = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.second = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.projects = in_channels != out_channels  # expect: R114
        if self.projects:
            self.projection = nn.Conv2d(in_channels, out_channels, 1)

    def shortcut(self, x):
        if not self.projects:
            return x
        x = self.projection(x)
        return F.avg_pool2d(x, 2) if self.downsample else x

    def forward(self, x):
        y = self.second(F.relu(self.first(F.relu(x))))
        if self.downsample:
            y = F.avg_pool2d(y, 2)
        return y + self.shortcut(x)
