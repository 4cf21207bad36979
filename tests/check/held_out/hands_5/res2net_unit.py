# residua-test: right target=Res2Unit
import torch
import torch.nn as nn


class Res2Unit(nn.Module):
    """Res2Net bottleneck: hierarchical 3x3 convolutions over channel splits; the last split passes through."""

    expansion = 4

    def __init__(self, inplanes=256, planes=64, base_width=26, scale=4):
        super().__init__()
        width = int(planes * base_width / 64)
        self.width, self.scale = width, scale
        self.conv1 = nn.Conv2d(inplanes, width * scale, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        self.convs = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(scale - 1)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(scale - 1)])
        self.conv3 = nn.Conv2d(width * scale, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.match = nn.Identity()
        if inplanes != planes * 4:
            self.match = nn.Sequential(nn.Conv2d(inplanes, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4))

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        pieces = list(torch.split(out, self.width, dim=1))
        sp = 0
        for i in range(self.scale - 1):
            sp = torch.relu(self.bns[i](self.convs[i](sp + pieces[i])))
            pieces[i] = sp
        out = self.bn3(self.conv3(torch.cat(pieces, dim=1)))
        return torch.relu(out + self.match(x))
