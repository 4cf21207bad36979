# residua-test: wrong target=LateBasicBlock
import torch.nn.functional as F
from torch import nn


class LateBasicBlock(nn.Module):
    """identity taken after conv1"""
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        identity = out  # expect: R198
        out = self.bn2(self.conv2(out))
        return F.relu(out + identity)
