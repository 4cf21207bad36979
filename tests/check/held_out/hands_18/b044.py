# residua-test: right target=ResBasicBlock
import torch
import torch.nn as nn


class ResBasicBlock(nn.Module):
    """cifar block with the parameter-free shortcut (option A), planes >= inplanes"""

    def __init__(self, inplanes, planes, stride=1):
        super(ResBasicBlock, self).__init__()
        self.inplanes, self.planes, self.stride = inplanes, planes, stride
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu2 = nn.ReLU(inplace=True)

    def shortcut(self, x):
        if self.stride != 1:
            x = x[:, :, ::self.stride, ::self.stride]
        diff = self.planes - self.inplanes
        if diff == 0:
            return x
        n, _, h, w = x.shape
        front = x.new_zeros(n, diff // 2, h, w)
        back = x.new_zeros(n, diff - diff // 2, h, w)
        return torch.cat([front, x, back], dim=1)

    def forward(self, x):
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return self.relu2(out)
