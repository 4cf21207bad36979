# residua-test: wrong target=HalfBlock
# What is wrong: result scaled by 0.5 on the sum: identity shrinks with depth
import torch.nn as nn
import torch

class HalfBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.pre = nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU())
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.mid = nn.Sequential(nn.BatchNorm2d(out_channels), nn.ReLU())
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False) if stride != 1 or in_channels != out_channels else nn.Identity()
    def forward(self, x):
        out = self.conv2(self.mid(self.conv1(self.pre(x))))
        return 0.5 * (out + self.shortcut(x))  # expect: R152
