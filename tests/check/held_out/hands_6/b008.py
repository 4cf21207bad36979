# residua-test: wrong target=Bottle2neck
# What is wrong: Inside the loop the first split spx[0] is added each time instead of spx[i], so the other splits never enter the hierarchical branch.
import torch
import torch.nn as nn


class Bottle2neck(nn.Module):
    """
    Res2Net block. The channels are split into `scale` groups: y_i = K_i(x_i + y_{i-1}),
    the last group is passed through.
    """

    def __init__(self, channels=64, width=16, scale=4):
        super().__init__()
        self.width = width
        self.nums = scale - 1
        self.conv1 = nn.Conv2d(channels, width * scale, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        self.convs = nn.ModuleList(
            [nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(self.nums)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(self.nums)])
        self.conv3 = nn.Conv2d(width * scale, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        outs = []
        sp = None
        for i in range(self.nums):
            sp = spx[0] if sp is None else sp + spx[0]  # expect: R174
            sp = self.convs[i](sp)
            sp = torch.relu(self.bns[i](sp))
            outs.append(sp)
        outs.append(spx[self.nums])
        out = self.bn3(self.conv3(torch.cat(outs, 1)))
        out += x
        return self.relu(out)
