# residua-test: right target=PreActBottleneck
import torch.nn as nn
import torch.nn.functional as F
class PreActBottleneck(nn.Module):
    expansion = 4
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        if stride != 1 or in_planes != 4 * planes:
            self.shortcut = nn.Conv2d(in_planes, 4 * planes, 1, stride, bias=False)
    def forward(self, x):
        o = F.relu(self.bn1(x))
        sc = self.shortcut(o) if hasattr(self, 'shortcut') else x
        o = self.conv1(o)
        o = self.conv2(F.relu(self.bn2(o)))
        o = self.conv3(F.relu(self.bn3(o)))
        o += sc
        return o
