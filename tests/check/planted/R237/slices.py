# residua-test: wrong target=Res2NetBottleneck
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res2NetBottleneck(nn.Module):
    def __init__(self, channels, width=16):
        super().__init__()
        self.width = width
        self.c1 = nn.Conv2d(channels, 4 * width, 1, bias=False)
        self.b1 = nn.BatchNorm2d(4 * width)
        self.k2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.k3 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.k4 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.c3 = nn.Conv2d(4 * width, channels, 1, bias=False)
        self.b3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        h = F.relu(self.b1(self.c1(x)))
        w = self.width
        y2 = F.relu(self.k2(h[:, w:2 * w]))
        y3 = F.relu(self.k3(h[:, 2 * w:3 * w]))  # expect: R237
        y4 = F.relu(self.k4(h[:, 3 * w:]))
        return F.relu(x + self.b3(self.c3(torch.cat([h[:, :w], y2, y3, y4], 1))))
