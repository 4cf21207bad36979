# residua-test: wrong target=BasicBlock
# What is wrong: A ReLU after bn2, before the sum: the branch can only add non-negative values (the block also has its ReLU after the sum).
# ResNet-18 building block for CIFAR-10 (post-activation, 2015 paper)
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super(BasicBlock, self).__init__()
        outp = planes * BasicBlock.expansion
        kw = dict(kernel_size=3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(in_planes, planes, stride=stride, **kw)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, outp, **kw)
        self.bn2 = nn.BatchNorm2d(outp)

        if in_planes == outp and stride == 1:
            self.shortcut = nn.Sequential()
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, outp, 1, stride, bias=False), nn.BatchNorm2d(outp))

    def forward(self, x):
        out = self.bn1(self.conv1(x))
        out = F.relu(out)
        out = self.bn2(self.conv2(out))
        out = F.relu(out)  # expect: R106
        out = out + self.shortcut(x)
        return F.relu(out)
