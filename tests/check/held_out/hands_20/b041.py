# residua-test: wrong target=SpeakerNet
# What is wrong: The projection of the shortcut has no stride, so the sum fails in the strided stages.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(inplanes, planes, 1, bias=False),  # expect: R110
                nn.BatchNorm2d(planes),
            )

    def forward(self, x):
        skip = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        return F.relu(x + skip)


class SpeakerNet(nn.Module):
    """Thin ResNet for speaker verification on (B, 1, mel, frames)."""

    cfg = [(16, 1), (32, 2), (64, 2)]

    def __init__(self, embed=64):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        blocks, c = [], 16
        for planes, stride in self.cfg:
            blocks += [Block(c, planes, stride), Block(planes, planes)]
            c = planes
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(2 * c, embed)

    def forward(self, mel):
        h = self.blocks(F.relu(self.stem(mel))).mean(dim=2)
        stats = torch.cat([h.mean(dim=-1), h.std(dim=-1)], dim=1)
        return F.normalize(self.fc(stats), dim=1)
