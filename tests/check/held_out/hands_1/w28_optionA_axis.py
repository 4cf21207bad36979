# residua-test: wrong target=LambdaBlock
# What is wrong: option A pads the width/height axis... concat on axis 2 and slices
import torch
import torch.nn as nn
import torch.nn.functional as F

class LambdaBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.in_planes, self.planes, self.stride = in_planes, planes, stride
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
    def shortcut(self, x):
        if self.stride != 1:
            x = x[:, :, ::self.stride, ::self.stride]
        d = self.planes - self.in_planes
        if d > 0:
            x = F.pad(x, (d // 2, d - d // 2, 0, 0, 0, 0))  # expect: R114
        return x
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + self.shortcut(x)  # expect
        return F.relu(out)
