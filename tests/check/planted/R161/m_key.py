# residua-test: wrong target=Block
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, act="relu"):
        super().__init__()
        self.acts = nn.ModuleDict({"relu": nn.ReLU(), "gelu": nn.GELU()})
        self.conv1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.conv2 = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(self.acts["silu"](self.conv1(x)))  # expect: R161
