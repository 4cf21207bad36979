# residua-test: wrong target=DoubleConvRes
# What is wrong: the same convolution and norm objects are put twice into the Sequential: two layers intended, one set of weights
from torch import nn


class DoubleConvRes(nn.Module):
    """Two 3x3 conv-BN layers with a skip around them."""

    def __init__(self, n_channels):
        super().__init__()
        conv = nn.Conv2d(n_channels, n_channels, 3, padding=1, bias=False)  # expect
        bn = nn.BatchNorm2d(n_channels)  # expect
        relu = nn.ReLU()
        self.double_conv = nn.Sequential(conv, bn, relu, conv, bn)  # expect: R122
        self.out_act = nn.ReLU()

    def forward(self, x):
        y = self.double_conv(x)
        return self.out_act(y + x)
