# residua-test: right target=Res2 style='3 residual additions'
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res2(nn.Module):
    def __init__(self, channels, scale=4):
        super().__init__()
        self.width, self.scale = channels // scale, scale
        self.inp = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
        self.convs = nn.ModuleList(nn.Conv2d(self.width, self.width, 3, padding=1, bias=False) for _ in range(scale - 1))
        self.bns = nn.ModuleList(nn.BatchNorm2d(self.width) for _ in range(scale - 1))
        self.out = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        parts = torch.split(self.inp(x), self.width, 1)
        ys = [parts[0]]
        for i, (conv, bn) in enumerate(zip(self.convs, self.bns)):
            inp = parts[i + 1] if i == 0 else parts[i + 1] + ys[-1]
            ys.append(F.relu(bn(conv(inp))))
        return F.relu(self.out(torch.cat(ys, 1)) + x)
