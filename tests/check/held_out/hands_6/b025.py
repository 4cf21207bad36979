# residua-test: right target=SharedConvBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class SharedConvBlock(nn.Module):
    """
    Shared-weights residual block: one 3x3 kernel, applied twice (a recurrent convolution
    unrolled for two steps). The norms are separate since the two steps have other statistics.
    """

    def __init__(self, planes=16, drop=0.25):
        super().__init__()
        self.conv = nn.Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.drop = nn.Dropout2d(drop)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv(x)))
        y = self.drop(y)
        y = self.bn2(self.conv(y))
        return F.relu(x + y)
