# residua-test: right target=SkipInitBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class SkipInitBlock(nn.Module):
    # "Batch normalization biases residual blocks towards the identity": norm-free block,
    # learnable scalar, zero at the start
    def __init__(self, c_in=32, c_out=64, stride=2):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.scalar = nn.Parameter(torch.zeros(()))
        if stride != 1 or c_in != c_out:
            self.skip = nn.Conv2d(c_in, c_out, 1, stride=stride)
        else:
            self.skip = nn.Identity()
        for c in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(c.weight, nonlinearity='relu')
            nn.init.zeros_(c.bias)

    def forward(self, x):
        a = F.relu(x)
        h = self.conv2(F.relu(self.conv1(a)))
        return self.skip(x) + self.scalar * h
