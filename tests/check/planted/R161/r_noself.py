# residua-test: wrong target=Block
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)

    def residual(x):
        return F.relu(x)

    def forward(self, x):
        return x + self.conv(self.residual(x))  # expect: R161
