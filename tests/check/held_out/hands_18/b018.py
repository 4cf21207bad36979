# residua-test: wrong target=ResidualUnit
# What is wrong: One BatchNorm is used after both convolutions, so its running statistics mix two different distributions and train and eval differ.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualUnit(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1):
        super(ResidualUnit, self).__init__()
        self.convA = nn.Conv2d(in_ch, out_ch, kernel_size=3, stride=stride, padding=1)
        self.convB = nn.Conv2d(out_ch, out_ch, kernel_size=3, padding=1)
        self.bn = nn.BatchNorm2d(out_ch)
        self.match = None
        if in_ch != out_ch or stride != 1:
            self.match = nn.Conv2d(in_ch, out_ch, kernel_size=1, stride=stride)

    def forward(self, inp):
        skip = inp
        if self.match is not None:
            skip = self.match(inp)
        h = F.relu(self.bn(self.convA(inp)))
        h = self.bn(self.convB(h))  # expect: R121
        h = h + skip
        return F.relu(h)
