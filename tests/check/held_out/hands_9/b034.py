# residua-test: wrong target=BasicBlock3D
# What is wrong: The zero-padded shortcut (type A) is built from `.data`, which cuts the gradient of the whole shortcut path
import torch
import torch.nn as nn
import torch.nn.functional as F
from functools import partial


def conv3x3x3(in_planes, out_planes, stride=1):
    # 3x3x3 convolution with padding
    return nn.Conv3d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)


def shortcut_a(x, planes, stride):
    out = F.avg_pool3d(x, kernel_size=1, stride=stride)
    zero_pads = torch.zeros(
        out.size(0), planes - out.size(1), out.size(2), out.size(3), out.size(4),
        dtype=out.dtype, device=out.device)
    out = torch.cat([out.data, zero_pads], dim=1)  # expect: R127
    return out


class BasicBlock3D(nn.Module):
    """basic block of the 3D ResNet with the parameter-free shortcut of type A"""
    expansion = 1

    def __init__(self, inplanes, planes, stride=1):
        super(BasicBlock3D, self).__init__()
        self.conv1 = conv3x3x3(inplanes, planes, stride)
        self.bn1 = nn.BatchNorm3d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3x3(planes, planes)
        self.bn2 = nn.BatchNorm3d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = partial(shortcut_a, planes=planes, stride=stride)

    def forward(self, x):
        residual = x

        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)

        out = self.conv2(out)
        out = self.bn2(out)

        if self.downsample is not None:
            residual = self.downsample(x)

        out += residual
        out = self.relu(out)
        return out
