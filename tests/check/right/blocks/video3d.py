# residua-test: right target=Video3D style='post-activation basic'
import torch.nn as nn
import torch.nn.functional as F


class Video3D(nn.Module):
    def __init__(self, in_planes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv3d(in_planes, planes, 3, stride, 1, bias=False), nn.BatchNorm3d(planes)
        self.conv2, self.bn2 = nn.Conv3d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm3d(planes)
        self.downsample = downsample

    def forward(self, x):
        r = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + r)
