# residua-test: wrong target=ResidualBlock
# What is wrong: the projection conv is created inside forward: random new weights at each call, never trained
import torch
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super(ResidualBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.stride = stride

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if x.shape != out.shape:  # expect
            x = nn.Conv2d(x.shape[1], out.shape[1], kernel_size=1, stride=self.stride).to(x.device)(x)  # expect: R158
        out = out + x
        return self.relu(out)
