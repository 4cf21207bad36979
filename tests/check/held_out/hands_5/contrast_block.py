# residua-test: wrong target=ContextBlock
# What is wrong: One BatchNorm serves four convolutions of different dilation, so their running statistics are mixed and eval differs from training
import torch
import torch.nn as nn


class ContextBlock(nn.Module):
    """Four dilated 3x3 branches with local-minus-context contrast, summed with the input."""

    def __init__(self, planes=64):
        super().__init__()
        self.local1 = nn.Conv2d(planes, planes, 3, padding=1, dilation=1)
        self.context1 = nn.Conv2d(planes, planes, 3, padding=2, dilation=2)
        self.local2 = nn.Conv2d(planes, planes, 3, padding=1, dilation=1)
        self.context2 = nn.Conv2d(planes, planes, 3, padding=4, dilation=4)
        self.bn = nn.BatchNorm2d(planes)  # expect
        self.relu = nn.ReLU()

    def forward(self, x):
        l1 = self.relu(self.bn(self.local1(x)))  # expect
        c1 = self.relu(self.bn(self.context1(x)))  # expect: R121
        l2 = self.relu(self.bn(self.local2(x)))  # expect
        c2 = self.relu(self.bn(self.context2(x)))  # expect
        return x + (l1 - c1) + (l2 - c2)
