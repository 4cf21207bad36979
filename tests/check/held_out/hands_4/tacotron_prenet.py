# residua-test: right target=Prenet args='in_dim=80,sizes=[256,256]'
"""Decoder pre-net of Tacotron 2 (mel frame -> bottleneck)."""
from typing import Sequence

import torch
from torch import nn
from torch.nn import functional as F


class LinearNorm(nn.Module):
    def __init__(self, in_dim, out_dim, bias=True, w_init_gain="linear"):
        super().__init__()
        self.linear_layer = nn.Linear(in_dim, out_dim, bias=bias)
        nn.init.xavier_uniform_(self.linear_layer.weight, gain=nn.init.calculate_gain(w_init_gain))

    def forward(self, x):
        return self.linear_layer(x)


class Prenet(nn.Module):
    """Two fully connected ReLU layers with dropout 0.5.

    "In order to introduce output variation at inference time, dropout with probability 0.5 is applied only to
    layers in the pre-net of the autoregressive decoder" (Shen et al. 2018, section 2.2), therefore the dropout
    below must stay on in eval mode too.
    """

    def __init__(self, in_dim: int, sizes: Sequence[int], p: float = 0.5):
        super().__init__()
        self.p = p
        dims = [in_dim, *sizes]
        self.layers = nn.ModuleList(
            [LinearNorm(i, o, bias=False, w_init_gain="relu") for i, o in zip(dims[:-1], dims[1:])])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for linear in self.layers:
            x = F.dropout(F.relu(linear(x)), p=self.p, training=True)
        return x
