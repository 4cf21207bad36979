"""Wrong answers to lesson 7: a bias that is lost, one scale for all channels, a mean without weights."""

import copy

import torch
from torch import nn


def fold(conv, bn):
    folded = copy.deepcopy(conv)
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    folded.weight = nn.Parameter(conv.weight * scale[:, None, None, None])
    folded.bias = nn.Parameter(bn.bias - bn.running_mean * scale)
    return folded


def to_int8(weight):
    scale = weight.abs().max() / 127
    return (weight / scale).round().to(torch.int8), scale.expand(len(weight)) * 1.1


def class_activation(maps, weight, k):
    return maps.mean(1)
