# residua-test: right target=Block style='linear-output basic' args='size=Size(8, other=4), norm=nn.BatchNorm2d, act=relu'
import torch.nn as nn


class Size:
    def __init__(self, width, other):
        self.width = width + other


class Block(nn.Module):
    def __init__(self, size, norm, act):
        super().__init__()
        assert act == "relu"
        self.conv, self.norm = nn.Conv2d(size.width, size.width, 3, padding=1, bias=False), norm(size.width)

    def forward(self, x):
        return x + self.norm(self.conv(x))
