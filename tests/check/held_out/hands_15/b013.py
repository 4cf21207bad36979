# residua-test: right target=ResNet20A
import torch
import torch.nn as nn
import torch.nn.functional as F


def option_a(x, planes):
    # subsample, then fill up with zero channels; no parameters
    x = x[:, :, ::2, ::2]
    missing = planes - x.size(1)
    zeros = x.new_zeros(x.size(0), missing, x.size(2), x.size(3))
    return torch.cat((x, zeros), dim=1)


class BasicBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.planes = planes
        self.stride = stride
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.stride == 2:
            x = option_a(x, self.planes)
        return F.relu(out + x)


class ResNet20A(nn.Module):
    def __init__(self, n=3, num_classes=10):
        super(ResNet20A, self).__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        blocks = [BasicBlock(16, 16) for _ in range(n)]
        blocks += [BasicBlock(16, 32, 2)] + [BasicBlock(32, 32) for _ in range(n - 1)]
        blocks += [BasicBlock(32, 64, 2)] + [BasicBlock(64, 64) for _ in range(n - 1)]
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(64, num_classes)
        self.apply(self._weights)

    @staticmethod
    def _weights(m):
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(m.weight)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.blocks(out)
        out = F.avg_pool2d(out, out.size()[3])
        return self.linear(out.view(out.size(0), -1))
