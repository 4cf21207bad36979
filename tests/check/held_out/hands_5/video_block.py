# residua-test: wrong target=VideoBlock args=in_planes=16,planes=32,stride=2
# What is wrong: The zero padding of the parameter-free shortcut is made for a batch of 8, so any other batch size crashes in cat
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3x3(cin, cout, stride=1):
    return nn.Conv3d(cin, cout, 3, stride=stride, padding=1, bias=False)


class VideoBlock(nn.Module):
    """3-d basic block with shortcut type A (average pooling and zero channels)."""

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = conv3x3x3(in_planes, planes, stride)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = conv3x3x3(planes, planes)
        self.bn2 = nn.BatchNorm3d(planes)
        self.stride = stride
        self.extra = planes - in_planes

    def shortcut(self, x):
        out = F.avg_pool3d(x, kernel_size=1, stride=self.stride)
        if self.extra > 0:
            zeros = torch.zeros(8, self.extra, *out.shape[2:], device=x.device, dtype=x.dtype)  # expect: R191
            out = torch.cat([out, zeros], dim=1)  # expect
        return out

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.shortcut(x))
