# residua-test: right target=FixupBlock
# Why it is right: Fixup: scalar biases and one multiplier instead of batch norm, and the last convolution starts at zero; the multiplier is one, so it does get a gradient.
import torch
import torch.nn as nn


class FixupBlock(nn.Module):
    def __init__(self, in_planes=32, planes=32, stride=1, num_layers=18):
        super().__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.relu = nn.ReLU(inplace=True)
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        self.downsample = None
        if stride != 1 or in_planes != planes:
            self.downsample = nn.Conv2d(in_planes, planes, 1, stride, bias=False)
        std = (2 / (planes * 9)) ** 0.5 * num_layers ** -0.5
        nn.init.normal_(self.conv1.weight, mean=0, std=std)
        nn.init.constant_(self.conv2.weight, 0)

    def forward(self, x):
        shifted = x + self.bias1a
        out = self.relu(self.conv1(shifted) + self.bias1b)
        out = self.conv2(out + self.bias2a) * self.scale + self.bias2b
        identity = x if self.downsample is None else self.downsample(shifted)
        return self.relu(out + identity)
