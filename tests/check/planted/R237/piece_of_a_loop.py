# residua-test: wrong target=Res2Unit
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res2Unit(nn.Module):
    def __init__(self, planes, scales=4):
        super().__init__()
        self.scales = scales
        w = planes // scales
        self.conv1 = nn.Sequential(nn.Conv2d(planes, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU())
        self.branch = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(w, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU()) for _ in range(scales - 1)]
        )
        self.conv3 = nn.Sequential(nn.Conv2d(planes, planes, 1, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        xs = torch.chunk(self.conv1(x), self.scales, 1)
        ys = []
        for s in range(self.scales):
            if s == 0:
                ys.append(xs[s])
            else:
                y = xs[s]  # expect: R237
                ys.append(self.branch[s - 1](y))
        return F.relu(self.conv3(torch.cat(ys, 1)) + x)
