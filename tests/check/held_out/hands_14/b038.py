# residua-test: right target=TCNForecaster
import torch
from torch import nn
from torch.nn import functional as F


class CausalConv1d(nn.Conv1d):
    """pads the past only, so the length is kept and no step sees the future"""

    def forward(self, x):
        left = (self.kernel_size[0] - 1) * self.dilation[0]
        return super().forward(F.pad(x, (left, 0)))


class TCNBlock(nn.Module):
    def __init__(self, c_in, c_out, k, d, p):
        super().__init__()
        self.conv1 = CausalConv1d(c_in, c_out, k, dilation=d)
        self.conv2 = CausalConv1d(c_out, c_out, k, dilation=d)
        self.drop = nn.Dropout(p)
        self.match = nn.Conv1d(c_in, c_out, 1) if c_in != c_out else None
        for c in (self.conv1, self.conv2):
            nn.init.normal_(c.weight, 0, 0.01)

    def forward(self, x):
        y = self.drop(F.relu(self.conv1(x)))
        y = self.drop(F.relu(self.conv2(y)))
        if self.match is not None:
            x = self.match(x)
        return F.relu(x + y)


class TCNForecaster(nn.Module):
    """[batch, time, features] -> [batch, horizon]"""

    def __init__(self, features=6, channels=(24, 24, 32), k=3, horizon=5, p=0.1):
        super().__init__()
        blocks = []
        c_in = features
        for i, c in enumerate(channels):
            blocks += [TCNBlock(c_in, c, k, 2 ** i, p)]
            c_in = c
        self.blocks = nn.Sequential(*blocks)
        self.out = nn.Linear(c_in, horizon)

    def forward(self, x):
        h = self.blocks(x.transpose(1, 2))
        return self.out(h[:, :, -1])
