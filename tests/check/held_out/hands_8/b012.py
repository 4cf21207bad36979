# residua-test: wrong target=ResnetBlock
# What is wrong: one BatchNorm is used after both convolutions: its running statistics mix two different distributions (evaluation is wrong) and the affine weights are shared
import torch
import torch.nn as nn


class ResnetBlock(nn.Module):
    def __init__(self, num_channel, kernel=3, stride=1, padding=1):
        super(ResnetBlock, self).__init__()
        self.conv1 = nn.Conv2d(num_channel, num_channel, kernel, stride, padding)
        self.conv2 = nn.Conv2d(num_channel, num_channel, kernel, stride, padding)  # found: R111
        self.bn = nn.BatchNorm2d(num_channel)
        self.activation = nn.ReLU()

    def forward(self, x):
        residual = x
        x = self.bn(self.conv1(x))
        x = self.activation(x)
        x = self.bn(self.conv2(x))  # expect: R121
        x = torch.add(x, residual)
        return x
