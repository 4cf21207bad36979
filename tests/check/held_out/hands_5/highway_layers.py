# residua-test: wrong target=Highway
# What is wrong: The carry term multiplies x by (1 - h) instead of (1 - t), so the gate and its complement do not sum to one
import torch
import torch.nn as nn
import torch.nn.functional as F


class Highway(nn.Module):
    """Highway layers over character features: y = t * h(x) + (1 - t) * x."""

    def __init__(self, size=64, num_layers=2):
        super().__init__()
        self.transform = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for g in self.gate:
            nn.init.constant_(g.bias, -1.0)

    def forward(self, x):
        for lin, gate in zip(self.transform, self.gate):
            h = F.relu(lin(x))
            t = torch.sigmoid(gate(x))
            x = t * h + (1 - h) * x  # expect: R201
        return x
