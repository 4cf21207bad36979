# residua-test: wrong target=ResBlk
# What is wrong: the second convolution is fed the block's input instead of the first convolution's result, so conv1 is dead
import torch
import torch.nn as nn


class ResBlk(nn.Module):
    # residual block for the encoder / decoder, reflection padding like in the paper
    def __init__(self, dim, ks=3, s=1):
        super(ResBlk, self).__init__()
        p = (ks - 1) // 2
        self.pad1 = nn.ReflectionPad2d(p)
        self.conv1 = nn.Conv2d(dim, dim, ks, s)
        self.pad2 = nn.ReflectionPad2d(p)
        self.conv2 = nn.Conv2d(dim, dim, ks, s)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.relu(self.conv1(self.pad1(x)))
        y = self.conv2(self.pad2(x))  # expect: R103
        return y + x
