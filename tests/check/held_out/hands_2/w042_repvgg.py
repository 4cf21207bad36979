# residua-test: wrong target=RepVGGBlock
# What is wrong: the identity branch calls the dense branch, so rbr_identity is dead and no identity path exists
import torch
from torch import nn


class RepVGGBlock(nn.Module):
    """RepVGG block, training-time structure."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.nonlinearity = nn.ReLU()
        self.rbr_identity = nn.BatchNorm2d(in_channels) if out_channels == in_channels and stride == 1 else None  # expect
        self.rbr_dense = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.rbr_1x1 = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride, 0, bias=False), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        if self.rbr_identity is None:
            id_out = 0
        else:
            id_out = self.rbr_dense(x)  # expect: R121
        return self.nonlinearity(self.rbr_dense(x) + self.rbr_1x1(x) + id_out)
