# residua-test: right target=RRCNNBlock
import torch
import torch.nn as nn


class RecurrentConv(nn.Module):
    """The same convolution is unrolled t times on purpose (recurrent convolutional layer)."""

    def __init__(self, ch_out, t=2):
        super().__init__()
        self.t = t
        self.conv = nn.Sequential(
            nn.Conv2d(ch_out, ch_out, kernel_size=3, stride=1, padding=1, bias=False),
            nn.GroupNorm(4, ch_out),
            nn.ReLU())

    def forward(self, x):
        h = self.conv(x)
        for _ in range(self.t):
            h = self.conv(x + h)
        return h


class RRCNNBlock(nn.Module):
    """Recurrent residual block of R2U-Net."""

    def __init__(self, ch_in, ch_out, t=2):
        super().__init__()
        self.RCNN = nn.Sequential(RecurrentConv(ch_out, t), RecurrentConv(ch_out, t))
        self.Conv_1x1 = nn.Conv2d(ch_in, ch_out, kernel_size=1)

    def forward(self, x):
        x = self.Conv_1x1(x)
        return x + self.RCNN(x)
