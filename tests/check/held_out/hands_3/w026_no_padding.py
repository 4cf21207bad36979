# residua-test: wrong target=ResidualLayer
# What is wrong: the 3x3 conv has no padding, the branch is 2 pixels smaller than x
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualLayer(nn.Module):
    """
    One residual layer inputs:
    - dim : the input/output dimension
    - res_dim : the hidden dimension of the residual block
    """

    def __init__(self, dim, res_dim=16):
        super(ResidualLayer, self).__init__()
        self.res_block = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(dim, res_dim, kernel_size=3, stride=1, bias=False),  # expect: R129
            nn.ReLU(),
            nn.Conv2d(res_dim, dim, kernel_size=1, stride=1, bias=False),
        )

    def forward(self, x):
        return x + self.res_block(x)  # expect
