# residua-test: wrong target=FixupBlock
# What is wrong: both the last convolution and the multiplier start at zero: neither ever receives a gradient, the branch is dead
import torch
import torch.nn as nn


class FixupBlock(nn.Module):
    def __init__(self, planes, num_layers=8):
        super().__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.relu = nn.ReLU()
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.scale = nn.Parameter(torch.zeros(1))  # expect
        self.bias2b = nn.Parameter(torch.zeros(1))
        nn.init.kaiming_normal_(self.conv1.weight)
        self.conv1.weight.data.mul_(num_layers ** -0.5)
        nn.init.zeros_(self.conv2.weight)  # expect: R172

    def forward(self, x):
        out = self.relu(self.conv1(x + self.bias1a) + self.bias1b)
        out = self.conv2(out + self.bias2a) * self.scale + self.bias2b  # expect
        return self.relu(out + x)
