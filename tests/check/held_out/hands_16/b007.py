# residua-test: wrong target=WideBlock
# What is wrong: a new nn.Dropout is made inside forward, so it is always in training mode and drops activations after model.eval() too.
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1, dropout_rate=0.3):
        super(WideBlock, self).__init__()
        self.dropout_rate = dropout_rate
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)

        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, kernel_size=1, stride=stride, bias=False)
            )

    def forward(self, x):
        out = self.conv1(F.relu(self.bn1(x)))
        out = nn.Dropout(p=self.dropout_rate)(out)  # expect: R146
        out = self.conv2(F.relu(self.bn2(out)))
        out += self.shortcut(x)
        return out
