"""Right answers to lesson 7."""

import copy

import torch
from torch import nn


def fold(conv, bn):
    folded = copy.deepcopy(conv)
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    bias = 0.0 if conv.bias is None else conv.bias
    folded.weight = nn.Parameter(conv.weight * scale[:, None, None, None])
    folded.bias = nn.Parameter(bn.bias + (bias - bn.running_mean) * scale)
    return folded


def to_int8(weight):
    scale = weight.abs().amax((1, 2, 3)).clamp(min=1e-12) / 127
    return (weight / scale[:, None, None, None]).round().to(torch.int8), scale


def class_activation(maps, weight, k):
    return torch.einsum("c,nchw->nhw", weight[k], maps)
