# residua-test: right target=B style='post-activation basic'
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, channels, num_groups=3):
        super().__init__()
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1, groups=num_groups, bias=False)
        self.n = nn.BatchNorm2d(channels)
        self.c2 = nn.Conv2d(channels, channels, 1, bias=False)
        self.m = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(x + self.m(self.c2(F.relu(self.n(self.c1(x))))))
