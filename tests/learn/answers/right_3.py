"""Right answers to lesson 3."""

from torch import nn

from residua.nn import BasicBlock


def side(n, k, s, p, d):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def receptive_field(layers):
    field, stride = 1, 1
    for k, s in layers:
        field += (k - 1) * stride
        stride *= s
    return field, stride


def stage(in_channels, channels, depth, stride):
    return nn.Sequential(
        BasicBlock(in_channels, channels, stride), *[BasicBlock(channels, channels) for _ in range(depth - 1)]
    )
