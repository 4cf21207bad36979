# residua-test: wrong target=ResUnit
# What is wrong: the shortcut subsamples only the height (x[:, :, ::2]), not the width
import torch
from torch import nn


class ResUnit(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.extra = nout - nin
        self.stride = stride
        self.f = nn.Sequential(
            nn.Conv2d(nin, nout, 3, stride, 1, bias=False),
            nn.BatchNorm2d(nout),
            nn.ReLU(),
            nn.Conv2d(nout, nout, 3, 1, 1, bias=False),
            nn.BatchNorm2d(nout),
        )

    def identity(self, x):
        if self.stride > 1:
            x = x[:, :, ::self.stride]  # expect: R114
        if self.extra > 0:
            z = x.new_zeros(x.size(0), self.extra, x.size(2), x.size(3))
            x = torch.cat([x, z], 1)
        return x

    def forward(self, x):
        return torch.relu(self.f(x) + self.identity(x))  # expect
