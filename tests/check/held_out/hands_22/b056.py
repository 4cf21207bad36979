# residua-test: right target=FixupBasicBlock args='inplanes=16, planes=16, num_layers=18'
# Why it is right: Fixup needs no BatchNorm: scalar biases and one scalar scale, the first conv scaled down by depth and the last one started at zero.
import torch
import torch.nn as nn


class FixupBasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, num_layers=1):
        super().__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.relu = nn.ReLU(inplace=True)
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        self.downsample = downsample
        fan = self.conv1.out_channels * 9
        nn.init.normal_(self.conv1.weight, std=(2.0 / fan) ** 0.5 * num_layers ** -0.5)
        nn.init.constant_(self.conv2.weight, 0)

    def forward(self, x):
        identity = x
        out = self.conv1(x + self.bias1a)
        out = self.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        if self.downsample is not None:
            identity = self.downsample(x + self.bias1a)
        out += identity
        return self.relu(out)
