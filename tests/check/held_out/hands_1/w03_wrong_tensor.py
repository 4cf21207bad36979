# residua-test: wrong target=Block
# What is wrong: adds out to itself instead of identity
import torch
import torch.nn as nn

def conv3x3(i, o, s=1):
    return nn.Conv2d(i, o, 3, s, 1, bias=False)

class Block(nn.Module):
    expansion = 1
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(inplanes, planes, stride), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = conv3x3(planes, planes), nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.downsample = downsample

    def forward(self, x):
        h = self.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        shortcut = x
        if self.downsample is not None:
            shortcut = self.downsample(x)
        out = h + h  # expect: R104
        return self.relu(out)
