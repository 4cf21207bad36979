# residua-test: wrong target=WideBasic
# What is wrong: F.dropout is called without training=self.training, so it is active in eval
import torch.nn as nn
import torch.nn.functional as F


class WideBasic(nn.Module):
    def __init__(self, in_planes, planes, stride=1, drop=0.3):
        super().__init__()
        self.drop = drop
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.equal = in_planes == planes and stride == 1
        self.conv_sc = None if self.equal else nn.Conv2d(in_planes, planes, 1, stride, bias=False)

    def forward(self, x):
        pre = F.relu(self.bn1(x))
        out = self.conv1(pre)
        out = F.relu(self.bn2(out))
        out = F.dropout(out, p=self.drop)  # expect: R146
        out = self.conv2(out)
        return out + (x if self.equal else self.conv_sc(pre))
