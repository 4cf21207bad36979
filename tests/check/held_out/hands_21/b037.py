# residua-test: right target=PreActBlock
# Why it is right: In pre-activation ResNets the projection shortcut reads the activated tensor and the identity shortcut the raw one, as here; no activation follows the sum.
import torch
import torch.nn as nn
import torch.nn.functional as F


class PreActBlock(nn.Module):
    """WRN-style block with dropout between the convolutions."""

    def __init__(self, in_planes, planes, stride=1, drop_rate=0.3):
        super().__init__()
        self.equal = stride == 1 and in_planes == planes
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.drop_rate = drop_rate
        self.conv_shortcut = None if self.equal else nn.Conv2d(in_planes, planes, 1, stride, 0, bias=False)

    def forward(self, x):
        out = F.relu(self.bn1(x), inplace=True)
        if not self.equal:
            x = self.conv_shortcut(out)
        out = self.conv1(out)
        out = F.relu(self.bn2(out), inplace=True)
        if self.drop_rate > 0:
            out = F.dropout(out, p=self.drop_rate, training=self.training)
        out = self.conv2(out)
        return torch.add(x, out)
