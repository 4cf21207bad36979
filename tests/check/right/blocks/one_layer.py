# residua-test: right target=BasicBlock
import torch.nn as nn


class BasicBlock(nn.Module):
    """One convolution and its activation, as CARN calls it."""

    def __init__(self, in_channels, out_channels, ksize=3, stride=1, pad=1):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(in_channels, out_channels, ksize, stride, pad), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.body(x)
