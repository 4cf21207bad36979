# residua-test: right target=R2Plus1DBlock
import torch
import torch.nn as nn


class FactorConv(nn.Sequential):
    """(2+1)-d convolution; the middle width keeps the parameters of a full 3x3x3."""

    def __init__(self, cin, cout, stride=1):
        mid = (cin * cout * 3 * 3 * 3) // (cin * 3 * 3 + 3 * cout)
        super().__init__(
            nn.Conv3d(cin, mid, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.BatchNorm3d(mid),
            nn.ReLU(inplace=True),
            nn.Conv3d(mid, cout, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
        )


class R2Plus1DBlock(nn.Module):
    def __init__(self, cin=16, cout=32, stride=2):
        super().__init__()
        self.conv1 = nn.Sequential(FactorConv(cin, cout, stride), nn.BatchNorm3d(cout), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(FactorConv(cout, cout), nn.BatchNorm3d(cout))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or cin != cout:
            self.downsample = nn.Sequential(nn.Conv3d(cin, cout, 1, stride, bias=False), nn.BatchNorm3d(cout))

    def forward(self, x):
        residual = x if self.downsample is None else self.downsample(x)
        out = self.conv2(self.conv1(x))
        out += residual
        return self.relu(out)
