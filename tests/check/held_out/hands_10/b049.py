# residua-test: wrong target=ResnetBlock
# What is wrong: forward returns only conv_block(x); the input is never added, so the residual block is a plain conv block.
import torch
import torch.nn as nn


class ResnetBlock(nn.Module):
    """Residual block of the generator (reflection padding, instance norm)."""

    def __init__(self, dim, use_bias=False):
        super(ResnetBlock, self).__init__()
        conv_block = []
        conv_block += [nn.ReflectionPad2d(1),
                       nn.Conv2d(dim, dim, kernel_size=3, stride=1, padding=0, bias=use_bias),
                       nn.InstanceNorm2d(dim),
                       nn.ReLU(True)]

        conv_block += [nn.ReflectionPad2d(1),
                       nn.Conv2d(dim, dim, kernel_size=3, stride=1, padding=0, bias=use_bias),
                       nn.InstanceNorm2d(dim)]

        self.conv_block = nn.Sequential(*conv_block)

    def forward(self, x):
        out = self.conv_block(x)  # found: R102
        return out  # expect
