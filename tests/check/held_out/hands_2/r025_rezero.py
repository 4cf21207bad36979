# residua-test: right target=ReZero
import torch
from torch import nn


class ReZero(nn.Module):
    def __init__(self, channels, n_convs=2):
        super().__init__()
        layers = []
        for k in range(n_convs):
            layers.append(nn.Conv2d(channels, channels, 3, padding=1))
            if k < n_convs - 1:
                layers.append(nn.ReLU())
        self.f = nn.Sequential(*layers)
        self.resweight = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return x + self.resweight * self.f(x)
