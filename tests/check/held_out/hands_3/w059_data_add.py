# residua-test: wrong target=VideoResBlock
# What is wrong: out.data += identity: the addition is hidden from autograd, no gradient flows through the shortcut
import torch
import torch.nn as nn


class VideoResBlock(nn.Module):
    """(2+1)D-free plain 3-D basic block, stride only in space."""

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        s = (1, stride, stride)
        self.conv1 = nn.Conv3d(in_planes, planes, 3, s, 1, bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = nn.Conv3d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes)
        self.down = None
        if stride != 1 or in_planes != planes:
            self.down = nn.Sequential(nn.Conv3d(in_planes, planes, 1, s, bias=False), nn.BatchNorm3d(planes))

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        identity = x if self.down is None else self.down(x)
        out.data += identity  # expect: R127
        return torch.relu(out)
