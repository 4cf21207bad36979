# residua-test: wrong target=ResidualBlock
# What is wrong: The left branch ends in a ReLU whose output autograd keeps, and `out += residual` changes it in place, so backward raises a RuntimeError
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    def __init__(self, ch_in, ch_out, shortcut=None):
        super(ResidualBlock, self).__init__()
        self.left = nn.Sequential(
            nn.Conv2d(ch_in, 128, 3, 1, 1),   # ch_in, ch_out, kernel, stride, pad
            nn.ReLU(),
            nn.Conv2d(128, ch_out, 3, 1, 1),
            nn.ReLU(),  # expect: R106
        )
        if shortcut is None and ch_in != ch_out:
            shortcut = nn.Conv2d(ch_in, ch_out, 1)
        self.right = shortcut

    def forward(self, x):
        out = self.left(x)
        residual = x if self.right is None else self.right(x)
        out += residual  # expect: R109
        return F.relu(out)
