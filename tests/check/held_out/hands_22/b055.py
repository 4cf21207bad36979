# residua-test: wrong target=R3DBasicBlock
# What is wrong: One BatchNorm is used after both convolutions, so its statistics and affine parameters mix two different distributions.
import torch
import torch.nn as nn


def conv3x3x3(cin, cout, stride=1):
    return nn.Conv3d(cin, cout, kernel_size=3, stride=stride, padding=1, bias=False)


class R3DBasicBlock(nn.Module):
    """Basic block of a 3D ResNet for action recognition, clips (N, C, T, H, W)."""

    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = conv3x3x3(inplanes, planes, stride)
        self.conv2 = conv3x3x3(planes, planes)
        self.bn = nn.BatchNorm3d(planes)  # expect
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        residual = x
        out = self.conv1(x)
        out = self.bn(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn(out)  # expect: R121
        if self.downsample is not None:
            residual = self.downsample(x)
        out += residual
        return self.relu(out)
