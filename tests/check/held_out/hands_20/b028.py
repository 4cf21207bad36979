# residua-test: right target=BasicBlock3d
# Why it is right: Parameter-free shortcut of type A in 3-D: sub-sampling by a stride, and zero channels appended with F.pad (four pairs reach the channel axis).
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3x3(cin, cout, stride=1):
    return nn.Conv3d(cin, cout, 3, stride=stride, padding=1, bias=False)


def shortcut_a(x, planes, stride):
    out = F.avg_pool3d(x, kernel_size=1, stride=stride)
    return F.pad(out, (0, 0, 0, 0, 0, 0, 0, planes - out.size(1)))


class BasicBlock3d(nn.Module):
    """Block of a 3-D ResNet for CT volumes, no weights on the shortcut."""

    def __init__(self, in_planes=8, planes=16, stride=2):
        super().__init__()
        self.planes, self.stride = planes, stride
        self.plain = stride == 1 and in_planes == planes
        self.conv1 = conv3x3x3(in_planes, planes, stride)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = conv3x3x3(planes, planes)
        self.bn2 = nn.BatchNorm3d(planes)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        residual = x if self.plain else shortcut_a(x, self.planes, self.stride)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += residual
        return self.relu(out)
