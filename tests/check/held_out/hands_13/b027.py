# residua-test: wrong target=WideResUnit
# What is wrong: A fresh nn.Dropout made in forward is always in training mode: dropout stays on in eval.
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideResUnit(nn.Module):
    '''wide resnet unit, dropout between the two convs'''

    def __init__(self, nin=16, nout=32, drop=0.3, stride=1):
        super(WideResUnit, self).__init__()
        self.drop = drop
        self.norm_a = nn.BatchNorm2d(nin)
        self.norm_b = nn.BatchNorm2d(nout)
        self.conv_a = nn.Conv2d(nin, nout, 3, stride=stride, padding=1, bias=False)
        self.conv_b = nn.Conv2d(nout, nout, 3, padding=1, bias=False)
        self.equal = stride == 1 and nin == nout
        if not self.equal:
            self.conv_skip = nn.Conv2d(nin, nout, 1, stride=stride, bias=False)

    def forward(self, x):
        y = F.relu(self.norm_a(x))
        skip = x if self.equal else self.conv_skip(y)
        y = self.conv_a(y)
        y = F.relu(self.norm_b(y))
        y = nn.Dropout(self.drop)(y)  # expect: R146
        y = self.conv_b(y)
        return y + skip
