# residua-test: right target=Bottle2neck
import torch
import torch.nn as nn


class Bottle2neck(nn.Module):
    """Res2Net module (stride 1): hierarchical residual-like connections inside the block."""
    expansion = 4

    def __init__(self, inplanes, planes, scale=4, width=8):
        super().__init__()
        outplanes = planes * self.expansion
        self.conv1 = nn.Conv2d(inplanes, width * scale, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        self.convs = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(scale - 1)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(scale - 1)])
        self.conv3 = nn.Conv2d(width * scale, outplanes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outplanes)
        self.relu = nn.ReLU(inplace=True)
        self.width = width
        self.downsample = None
        if inplanes != outplanes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, outplanes, 1, bias=False), nn.BatchNorm2d(outplanes))

    def forward(self, x):
        residual = x if self.downsample is None else self.downsample(x)
        parts = torch.split(self.relu(self.bn1(self.conv1(x))), self.width, dim=1)
        outs, prev = [], None
        for conv, bn, part in zip(self.convs, self.bns, parts):
            inp = part if prev is None else part + prev
            prev = self.relu(bn(conv(inp)))
            outs.append(prev)
        outs.append(parts[-1])
        out = self.bn3(self.conv3(torch.cat(outs, dim=1)))
        return self.relu(out + residual)
