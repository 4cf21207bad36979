# residua-test: wrong target=ResBlock
# What is wrong: The skip is detached, so no gradient goes through it.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, channels=32):
        super(ResBlock, self).__init__()
        self.conv_block = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1),
            nn.InstanceNorm2d(channels, affine=True),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1),
            nn.InstanceNorm2d(channels, affine=True),
        )
        self.act = nn.LeakyReLU(0.2, inplace=True)

    def forward(self, x):
        # keep a copy, x may be changed in place by the previous block's activation
        identity = x.detach().clone()  # expect: R127
        out = self.conv_block(x)
        out += identity
        return self.act(out)
