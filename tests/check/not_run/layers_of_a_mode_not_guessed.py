# reason: forward raises AttributeError: 'Block' object has no attribute 'conv'
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, mode):
        super().__init__()
        if mode == "gated":
            self.gate = nn.Conv2d(dim, dim, 1)
            self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        elif mode == "plain":
            self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.mode = mode

    def forward(self, x):
        return x + self.conv(x)
