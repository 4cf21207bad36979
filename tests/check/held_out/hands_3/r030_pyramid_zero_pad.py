# residua-test: right target=PyramidBlock
import torch
import torch.nn as nn


class PyramidBlock(nn.Module):
    """PyramidNet basic block: BN-conv-BN-ReLU-conv-BN, average-pooled and zero-padded shortcut, no ReLU at the end."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        assert out_channels >= in_channels and stride in (1, 2)
        self.extra = out_channels - in_channels
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.AvgPool2d(2, ceil_mode=True) if stride == 2 else nn.Identity()

    def forward(self, x):
        out = self.conv1(self.bn1(x))
        out = self.conv2(self.relu(self.bn2(out)))
        out = self.bn3(out)
        sc = self.pool(x)
        if self.extra:
            zeros = sc.new_zeros(sc.size(0), self.extra, sc.size(2), sc.size(3))
            sc = torch.cat((sc, zeros), dim=1)
        return out + sc
