# residua-test: wrong target=ResidualTower
# What is wrong: In-place += changes x, which the convolution saved for its backward: RuntimeError in backward().
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualTower(nn.Module):
    def __init__(self, in_ch=3, width=24, n_units=3):
        super(ResidualTower, self).__init__()
        self.conv_0 = nn.Conv2d(in_ch, width, 3, padding=1, bias=False)
        self.bn_0 = nn.BatchNorm2d(width)
        self.convs = nn.ModuleList(
            [nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(n_units)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(n_units)])

    def forward(self, x):
        x = self.conv_0(x)
        x = self.bn_0(x)
        x = F.relu(x, inplace=True)

        for conv, bn in zip(self.convs, self.bns):
            residual = conv(x)
            residual = bn(residual)
            x += residual  # expect: R109
            x = F.relu(x)

        return x
