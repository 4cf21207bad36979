# residua-test: wrong target=ResidualUnit
# What is wrong: shortcut projection ignores stride
import torch
from torch import nn


class ResidualUnit(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(nin, nout, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(nout),
            nn.ReLU(),
            nn.Conv2d(nout, nout, 3, padding=1, bias=False),
            nn.BatchNorm2d(nout),
        )
        self.side = nn.Sequential()
        if nin != nout or stride > 1:
            self.side = nn.Sequential(
                nn.Conv2d(nin, nout, 1, bias=False),  # expect: R110
                nn.BatchNorm2d(nout),
            )
        self.act = nn.ReLU()

    def forward(self, inp):
        return self.act(self.main(inp) + self.side(inp))  # expect
