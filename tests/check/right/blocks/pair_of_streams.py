# residua-test: right target=Streams
from torch import nn


class Streams(nn.Module):
    def __init__(self, in_channel, out_channel):
        super().__init__()
        self.residual_conv = nn.Conv2d(in_channel, out_channel, 3, padding=1)
        self.transient_conv = nn.Conv2d(in_channel, out_channel, 3, padding=1)
        self.bn = nn.BatchNorm2d(out_channel)

    def forward(self, x):
        residual, transient = x
        return self.bn(self.residual_conv(residual) + residual), self.transient_conv(transient)
