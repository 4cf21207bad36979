# residua-test: right target=FixupBlock
import torch
import torch.nn as nn
import math


class FixupBlock(nn.Module):
    def __init__(self, channels=16, num_layers=8):
        super(FixupBlock, self).__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.relu = nn.ReLU(inplace=True)
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))

        fan = channels * 3 * 3
        nn.init.normal_(self.conv1.weight, mean=0., std=math.sqrt(2. / fan) * num_layers ** (-0.5))
        nn.init.constant_(self.conv2.weight, 0)

    def forward(self, x):
        identity = x
        out = self.conv1(x + self.bias1a)
        out = self.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        out += identity
        return self.relu(out)
