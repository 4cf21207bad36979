# residua-test: wrong target=DataBlock
# What is wrong: x.data used as identity: no gradient through skip
import torch.nn as nn
import torch.nn.functional as F

class DataBlock(nn.Module):
    def __init__(self, planes):
        nn.Module.__init__(self)
        self.conv1 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes); self.bn2 = nn.BatchNorm2d(planes)
    def forward(self, x):
        residual = x.data  # expect: R127
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x = x + residual
        return F.relu(x)
