# residua-test: wrong target=EDSRBody
# What is wrong: the scale is applied after the sum, so it shrinks the identity as well as the residual (by 0.1 at every block)
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, num_filters, expansion=1, scaling=None):
        super().__init__()
        self.scaling = scaling
        self.conv1 = nn.Conv2d(num_filters, num_filters * expansion, 3, padding=1)
        self.conv2 = nn.Conv2d(num_filters * expansion, num_filters, 3, padding=1)

    def forward(self, x_in):
        x = torch.relu(self.conv1(x_in))
        x = self.conv2(x)
        x = x_in + x
        if self.scaling:
            x = x * self.scaling  # expect: R152
        return x


class EDSRBody(nn.Module):
    """num_res_blocks residual blocks without batch norm, residual scaling as in the EDSR paper (factor 0.1),
    one convolution at the end and the long skip over everything."""

    def __init__(self, num_filters=32, num_res_blocks=16, res_block_scaling=0.1):
        super().__init__()
        self.blocks = nn.Sequential(*[
            ResBlock(num_filters, scaling=res_block_scaling) for _ in range(num_res_blocks)
        ])
        self.last = nn.Conv2d(num_filters, num_filters, 3, padding=1)

    def forward(self, feat):
        return feat + self.last(self.blocks(feat))
