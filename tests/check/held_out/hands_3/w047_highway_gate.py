# residua-test: wrong target=Highway
# What is wrong: carry gate must be 1 - t, but x is weighted by t too
import torch
import torch.nn as nn


class Highway(nn.Module):
    """Highway network (Srivastava et al., 2015)."""

    def __init__(self, size, num_layers=2, bias=-2.0):
        super().__init__()
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for g in self.gate:
            nn.init.constant_(g.bias, bias)

    def forward(self, x):
        for lin, gate in zip(self.nonlinear, self.gate):
            t = torch.sigmoid(gate(x))  # expect
            h = torch.relu(lin(x))
            x = t * h + t * x  # expect: R152
        return x
