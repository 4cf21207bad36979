# residua-test: wrong target=Res
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, inp, oup, stride=1):
        super().__init__()
        self.stride, self.inp, self.oup = stride, inp, oup
        self.conv1 = nn.Conv2d(inp, oup, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(oup)
        self.conv2 = nn.Conv2d(oup, oup, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(oup)

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        s = x[:, :, ::self.stride, ::self.stride]
        if self.oup > self.inp:
            pad = torch.zeros(128, self.oup - self.inp, s.size(2), s.size(3))  # expect: R191
            s = torch.cat([s, pad], 1)
        return F.relu(h + s)
