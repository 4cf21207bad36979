# residua-test: wrong target=AutoProjBlock
# What is wrong: the projection is created inside forward: random weights on each call, never trained
import torch
import torch.nn as nn


class AutoProjBlock(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(nin, nout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(nout)
        self.conv2 = nn.Conv2d(nout, nout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(nout)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        skip = x
        if skip.shape != y.shape:
            skip = nn.Conv2d(x.size(1), y.size(1), 1, self.stride)(x)  # expect: R158
        return self.relu(y + skip)
