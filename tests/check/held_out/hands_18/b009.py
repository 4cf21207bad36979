# residua-test: wrong target=RefineResBlock
# What is wrong: In the dilated downsampling case the first conv keeps padding=1 while it is dilated, so its output is smaller than the shortcut and the sum fails.
import torch
from torch import nn


class RefineResBlock(nn.Module):
    def __init__(self, input_dim, output_dim, resample=None, act=nn.ELU(), dilation=1):
        super().__init__()
        self.act = act
        self.resample = resample
        if resample == 'down':
            if dilation > 1:
                self.conv1 = nn.Conv2d(input_dim, input_dim, 3, padding=1, dilation=dilation)  # expect: R129
                self.conv2 = nn.Conv2d(input_dim, output_dim, 3, padding=dilation, dilation=dilation)
                self.shortcut = nn.Conv2d(input_dim, output_dim, 3, padding=dilation, dilation=dilation)
            else:
                self.conv1 = nn.Conv2d(input_dim, input_dim, 3, padding=1)
                self.conv2 = nn.Sequential(nn.Conv2d(input_dim, output_dim, 3, padding=1), nn.AvgPool2d(2))
                self.shortcut = nn.Sequential(nn.Conv2d(input_dim, output_dim, 1), nn.AvgPool2d(2))
            mid = input_dim
        elif resample is None:
            self.conv1 = nn.Conv2d(input_dim, output_dim, 3, padding=dilation, dilation=dilation)
            self.conv2 = nn.Conv2d(output_dim, output_dim, 3, padding=dilation, dilation=dilation)
            self.shortcut = nn.Identity() if input_dim == output_dim else nn.Conv2d(input_dim, output_dim, 1)
            mid = output_dim
        else:
            raise ValueError('invalid resample value')
        self.norm1 = nn.InstanceNorm2d(input_dim, affine=True)
        self.norm2 = nn.InstanceNorm2d(mid, affine=True)

    def forward(self, x):
        out = self.conv1(self.act(self.norm1(x)))
        out = self.conv2(self.act(self.norm2(out)))
        return self.shortcut(x) + out
