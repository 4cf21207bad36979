# residua-test: wrong target=FrozenBNBackbone
# What is wrong: the overridden train() does not return self; eval() calls it, so `net = net.eval()` or `Net().train()` gives None.
# detection backbone, batch size is 1-2 per GPU, so the batch norm layers stay in eval mode
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.proj = None
        if stride > 1 or inplanes != planes:
            self.proj = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        skip = self.proj(x) if self.proj is not None else x
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + skip)


class FrozenBNBackbone(nn.Module):
    def __init__(self, out_channels=(32, 64, 128)):
        super().__init__()
        self.stem = nn.Conv2d(3, out_channels[0], 7, 2, 3)
        chans = [out_channels[0], *out_channels]
        self.stages = nn.ModuleList([Unit(a, b, 2) for a, b in zip(chans[:-1], chans[1:])])

    def train(self, mode=True):  # expect: R187
        super().train(mode)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.eval()  # expect

    def forward(self, x):
        x = self.stem(x)
        feats = {}
        for i, stage in enumerate(self.stages):
            x = stage(x)
            feats[f'p{i + 2}'] = x
        return feats
