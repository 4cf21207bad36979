# residua-test: right target=RRCNNBlock
# retina vessels, R2U-Net parts
import torch
import torch.nn as nn


class RecurrentConv(nn.Module):
    """the same conv unrolled t times: state <- f(x + state)"""

    def __init__(self, ch, t=2):
        super(RecurrentConv, self).__init__()
        self.t = t
        self.conv = nn.Sequential(
            nn.Conv2d(ch, ch, kernel_size=3, padding=1),
            nn.GroupNorm(8, ch),
            nn.ReLU(),
        )

    def forward(self, x):
        state = self.conv(x)
        for _ in range(self.t):
            state = self.conv(x + state)
        return state


class RRCNNBlock(nn.Module):
    def __init__(self, ch_in=3, ch_out=32, t=2):
        super(RRCNNBlock, self).__init__()
        self.conv1x1 = nn.Conv2d(ch_in, ch_out, kernel_size=1)
        self.rcnn = nn.Sequential(RecurrentConv(ch_out, t), RecurrentConv(ch_out, t))

    def forward(self, x):
        x = self.conv1x1(x)
        return x + self.rcnn(x)
