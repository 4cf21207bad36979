# residua-test: wrong target=MoELayer
# What is wrong: `routed = h` is an alias, so the experts' results are written into the residual stream itself, and the sum gives twice the expert's output without the input.
import torch
import torch.nn as nn


class Expert(nn.Sequential):
    def __init__(self, dim, mult):
        super().__init__(nn.Linear(dim, dim * mult), nn.GELU(), nn.Linear(dim * mult, dim))


class MoELayer(nn.Module):
    """Switch-style feed-forward: each token goes to its best expert, the result is
    weighted by the router's probability and added to the stream."""

    def __init__(self, dim=32, n_experts=4, mult=2):
        super().__init__()
        self.mix = nn.Linear(dim, dim)
        self.router = nn.Linear(dim, n_experts)
        self.experts = nn.ModuleList(Expert(dim, mult) for _ in range(n_experts))

    def forward(self, x):
        h = x + self.mix(x)
        prob = self.router(x).softmax(dim=-1)
        weight, choice = prob.max(dim=-1)
        routed = h  # expect: R104
        for i, expert in enumerate(self.experts):
            pick = choice == i
            if pick.any():
                routed[pick] = weight[pick].unsqueeze(-1) * expert(h[pick])
        return h + routed
