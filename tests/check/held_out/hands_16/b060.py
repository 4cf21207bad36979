# residua-test: right target=FixupBasicBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class FixupBasicBlock(nn.Module):
    """no batch norm. num_layers = how many of these blocks the whole net has"""

    def __init__(self, inplanes, planes, stride=1, num_layers=12):
        super(FixupBasicBlock, self).__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))

        if stride != 1 or inplanes != planes:
            self.shortcut = nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False)
        else:
            self.shortcut = None

        # m = 2 convs per branch -> L^(-1/(2m-2)) = L^(-1/2)
        std = (2.0 / (planes * 9)) ** 0.5
        nn.init.normal_(self.conv1.weight, mean=0.0, std=std * num_layers ** (-0.5))
        nn.init.constant_(self.conv2.weight, 0)

    def forward(self, x):
        y = F.relu(x)
        out = self.conv1(y + self.bias1a)
        out = F.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        if self.shortcut is not None:
            x = self.shortcut(y + self.bias1a)
        return x + out
