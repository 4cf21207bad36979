# residua-test: wrong target=WideUnit args=planes=64,dropout=0.3
# What is wrong: With dropout on, the dropout is fed x instead of the branch, so the first convolution is thrown away and gets no gradient
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideUnit(nn.Module):
    """B(3,3) unit of Wide-ResNet with dropout between the two convolutions."""

    def __init__(self, planes, dropout=0.0):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)  # expect
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.dropout = dropout

    def forward(self, x):
        res = self.conv1(F.relu(self.bn1(x)))  # expect
        if self.dropout > 0:
            res = F.dropout(x, p=self.dropout, training=self.training)  # expect: R103
        res = self.conv2(F.relu(self.bn2(res)))
        return x + res
