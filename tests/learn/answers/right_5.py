"""Right answers to lesson 5."""

import math

import torch
from torch import nn
from torch.nn import functional as F


def paths(blocks, k):
    return math.comb(blocks, k)


def gain(module, x):
    x = x.clone().requires_grad_()
    y = module(x)
    y.backward(torch.ones_like(y))
    return (x.grad.norm() / math.sqrt(y.numel())).item()


class without_sum(nn.Module):  # noqa: N801  the name that the lesson asks for
    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x):
        return F.relu(self.block.residual(x))
