# reason: forward raises AttributeError: 'Block' object has no attribute 'conv'
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, mode):
        super().__init__()
        if isinstance(mode, set):
            self.conv = nn.Conv2d(dim, dim, len(mode), padding=len(mode) // 2)
        self.mode = mode

    def forward(self, x):
        return x + self.conv(x)
