# residua-test: right target=Res2NetStageBlock args='inplanes=64, planes=32, stride=2'
# Why it is right: The first Res2Net block of a stage does not chain the splits and average-pools the last one, as in the official code.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res2NetStageBlock(nn.Module):
    """First block of a stage (projection shortcut, splits processed independently)."""

    expansion = 4

    def __init__(self, inplanes, planes, stride=1, base_width=26, scale=4):
        super().__init__()
        width = planes * base_width // 64
        self.width, self.scale = width, scale
        self.conv1 = nn.Conv2d(inplanes, width * scale, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        self.pool = nn.AvgPool2d(kernel_size=3, stride=stride, padding=1)
        self.convs = nn.ModuleList()
        self.bns = nn.ModuleList()
        for _ in range(scale - 1):
            self.convs.append(nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False))
            self.bns.append(nn.BatchNorm2d(width))
        self.conv3 = nn.Conv2d(width * scale, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.downsample = nn.Sequential(
            nn.Conv2d(inplanes, planes * self.expansion, 1, stride=stride, bias=False),
            nn.BatchNorm2d(planes * self.expansion),
        )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        *parts, last = torch.split(out, self.width, dim=1)
        ys = [F.relu(bn(conv(p))) for p, conv, bn in zip(parts, self.convs, self.bns)]
        ys.append(self.pool(last))
        out = self.bn3(self.conv3(torch.cat(ys, dim=1)))
        return F.relu(out + self.downsample(x))
