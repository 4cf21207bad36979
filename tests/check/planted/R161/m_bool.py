# residua-test: wrong target=Block
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.down = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        identity = x
        out = self.conv1(x)
        if self.down(x):  # expect: R161
            identity = self.down(x)
        return out + identity
