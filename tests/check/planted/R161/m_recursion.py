# residua-test: wrong target=Block slow
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv1 = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return x + self.forward(self.conv1(x))  # expect: R161
