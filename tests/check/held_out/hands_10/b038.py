# residua-test: right target=DRRN
from math import sqrt

import torch
import torch.nn as nn


class DRRN(nn.Module):
    """Deep Recursive Residual Network (CVPR 2017), B=1 recursive block, U=9 units.

    The weights of the residual unit are SHARED among all the recursions, as in the
    paper (this is where "recursive" comes from). Every unit adds the output of the
    first conv, not that of the unit before (multi-path structure, eq. 3).
    Input: bicubic upsampled luminance.
    """

    def __init__(self, num_units=9, features=64):
        super(DRRN, self).__init__()
        self.num_units = num_units
        self.input = nn.Conv2d(1, features, kernel_size=3, stride=1, padding=1, bias=False)
        self.conv1 = nn.Conv2d(features, features, kernel_size=3, stride=1, padding=1, bias=False)
        self.conv2 = nn.Conv2d(features, features, kernel_size=3, stride=1, padding=1, bias=False)
        self.output = nn.Conv2d(features, 1, kernel_size=3, stride=1, padding=1, bias=False)
        self.relu = nn.ReLU()

        # weights initialization
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, sqrt(2. / n))

    def forward(self, x):
        residual = x
        inputs = self.input(self.relu(x))
        out = inputs
        for _ in range(self.num_units):
            out = self.conv2(self.relu(self.conv1(self.relu(out))))
            out = torch.add(out, inputs)

        out = self.output(self.relu(out))
        out = torch.add(out, residual)
        return out
