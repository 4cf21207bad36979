# residua-test: wrong target=ResLayer
# What is wrong: the identity is detached: no gradient flows through the shortcut
import torch
import torch.nn as nn


class ResLayer(nn.Module):
    def __init__(self, width, kernel=3):
        super().__init__()
        pad = kernel // 2
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, kernel, padding=pad, bias=False),
            nn.BatchNorm2d(width),
            nn.Mish(),
            nn.Conv2d(width, width, kernel, padding=pad, bias=False),
            nn.BatchNorm2d(width),
        )
        self.last = nn.Mish()

    def forward(self, x):
        # keep a copy of the input for the skip connection
        identity = x.detach()  # expect: R127
        return self.last(self.layers(x) + identity)  # expect
