# residua-test: wrong target=Block
import torch
import torch.nn as nn


class SE(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc(x.mean((2, 3), keepdim=True)))


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.se = SE(dim)

    def forward(self, x):
        y = self.conv(x)
        return x + self.se(x, y)  # expect: R161
