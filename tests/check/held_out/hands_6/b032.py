# residua-test: wrong target=VideoBlock
# What is wrong: The zero-padded shortcut is concatenated from out.data, so it is cut from the graph and no gradient flows through the skip.
import torch
import torch.nn as nn
import torch.nn.functional as F
from functools import partial


def downsample_basic_block(x, planes, stride):
    out = F.avg_pool3d(x, kernel_size=1, stride=stride)
    zero_pads = torch.zeros(out.size(0), planes - out.size(1), out.size(2), out.size(3), out.size(4),
                            dtype=out.dtype, device=out.device)
    out = torch.cat([out.data, zero_pads], dim=1)  # expect: R127
    return out


class VideoBlock(nn.Module):
    """3D basic block, parameter-free shortcut (type A): subsample, then pad channels with zeros"""

    def __init__(self, inplanes=8, planes=16, stride=2):
        super(VideoBlock, self).__init__()
        self.conv1 = nn.Conv3d(inplanes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv3d(planes, planes, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = partial(downsample_basic_block, planes=planes, stride=stride)

    def forward(self, x):
        residual = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.downsample is not None:
            residual = self.downsample(x)
        out = out + residual
        return self.relu(out)
