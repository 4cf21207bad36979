# residua-test: wrong target=B
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, channels, norm="batch"):
        super().__init__()
        if norm == "batch":
            self.n1, self.n2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        elif norm == "instance":
            self.n1, self.n2 = nn.InstanceNorm2d(channels), nn.InstanceNorm2d(channels)
        elif norm == "none":
            self.n1 = nn.Identity()
            self.n2 = None  # expect
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.c2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.n1(self.c1(x)))
        h = self.n2(self.c2(h))  # expect: R161
        return x + h
