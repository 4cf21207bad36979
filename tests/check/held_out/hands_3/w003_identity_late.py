# residua-test: wrong target=ResBlock
# What is wrong: identity is saved after the first conv rather than from the block input
import torch.nn as nn


def conv3x3(cin, cout, stride=1):
    return nn.Conv2d(cin, cout, 3, stride, 1, bias=False)


class ResBlock(nn.Module):
    def __init__(self, inplanes, planes):
        super().__init__()
        self.conv1 = conv3x3(inplanes, planes)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.proj = None
        if inplanes != planes:
            self.proj = nn.Conv2d(inplanes, planes, 1, bias=False)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))  # expect
        identity = x  # expect: R198
        x = self.bn2(self.conv2(x))
        if self.proj is not None:
            identity = self.proj(identity)  # expect: R120
        return self.relu(x + identity)  # expect
