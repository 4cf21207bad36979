# residua-test: wrong target=WideBlock
# What is wrong: F.dropout is called without training=self.training, so it drops in eval mode as well
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    """wide-dropout block of WRN (BN-ReLU-conv order)"""

    def __init__(self, in_planes, planes, stride=1, dropout_rate=0.3):
        super(WideBlock, self).__init__()
        self.dropout_rate = dropout_rate
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)

        self.equal = in_planes == planes and stride == 1
        self.proj = None if self.equal else nn.Conv2d(in_planes, planes, kernel_size=1,
                                                      stride=stride, bias=False)

    def forward(self, x):
        h = F.relu(self.bn1(x))
        skip = x if self.equal else self.proj(h)
        h = F.relu(self.bn2(self.conv1(h)))
        if self.dropout_rate > 0:
            h = F.dropout(h, p=self.dropout_rate)  # expect: R146
        h = self.conv2(h)
        return h + skip
