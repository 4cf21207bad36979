"""Wrong answers to lesson 3: no dilation, the stride a layer too early, a stride in every block."""

from torch import nn

from residua.nn import BasicBlock


def side(n, k, s, p, d):
    return (n + 2 * p - k) // s + 1


def receptive_field(layers):
    field, stride = 1, 1
    for k, s in layers:
        stride *= s
        field += (k - 1) * stride
    return field, stride


def stage(in_channels, channels, depth, stride):
    return nn.Sequential(
        BasicBlock(in_channels, channels, stride), *[BasicBlock(channels, channels, stride) for _ in range(depth - 1)]
    )
