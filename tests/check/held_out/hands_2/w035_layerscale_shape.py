# residua-test: wrong target=ScaledBlock
# What is wrong: the per-channel scale of shape (dim,) is broadcast over the width of an NCHW map: crash (or wrong axis)
import torch
import torch.nn as nn


class ScaledBlock(nn.Module):
    def __init__(self, dim, init=1e-4):
        super().__init__()
        self.norm = nn.BatchNorm2d(dim)
        self.conv1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.conv2 = nn.Conv2d(dim, dim, 3, padding=1)
        self.act = nn.GELU()
        self.scale = nn.Parameter(init * torch.ones(dim))  # expect

    def forward(self, x):
        y = self.conv2(self.act(self.conv1(self.norm(x))))
        return x + self.scale * y  # expect: R161
