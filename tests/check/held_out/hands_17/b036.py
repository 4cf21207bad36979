# residua-test: wrong target=SmoothUnit
# What is wrong: with antialias and a stride the convolution keeps its stride and the blur strides again: the branch is a quarter as large, the sum fails
import torch
from torch import nn
from torch.nn import functional as F


class Blur(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        tap = torch.tensor([1.0, 2.0, 1.0])
        kernel = torch.outer(tap, tap)
        self.register_buffer("kernel", (kernel / kernel.sum()).expand(channels, 1, 3, 3).clone())
        self.stride = stride

    def forward(self, x):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.kernel, stride=self.stride, groups=x.shape[1])


class SmoothUnit(nn.Module):
    def __init__(self, c_in, c_out, stride=1, antialias=False):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)  # expect: R110
        self.norm1 = nn.BatchNorm2d(c_out)
        self.blur = Blur(c_out, stride) if antialias and stride > 1 else nn.Identity()
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)
        if stride == 1 and c_in == c_out:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.blur(y)
        y = self.norm2(self.conv2(y))
        return F.relu(y + self.shortcut(x))
