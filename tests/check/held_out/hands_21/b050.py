# residua-test: wrong target=GatedGraphLayer
# What is wrong: The gated skip multiplies alpha by alpha, so the aggregated message never enters the output.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedGraphLayer(nn.Module):
    """Graph layer with a learned skip weight.

    x: (nodes, in_channels), adj: (nodes, nodes) dense 0/1 matrix
    """

    def __init__(self, in_channels=16, out_channels=16):
        super().__init__()
        self.msg = nn.Linear(in_channels, out_channels, bias=False)
        self.update = nn.Linear(out_channels, out_channels)
        self.skip = nn.Parameter(torch.ones(1))
        self.can_skip = in_channels == out_channels

    def aggregate(self, x, adj):
        deg = adj.sum(dim=1, keepdim=True).clamp(min=1)
        return adj @ self.msg(x) / deg

    def forward(self, x, adj):
        out = self.update(F.gelu(self.aggregate(x, adj)))
        if self.can_skip:
            alpha = self.skip.sigmoid()
            out = alpha * alpha + (1 - alpha) * x  # expect: R101
        return out
