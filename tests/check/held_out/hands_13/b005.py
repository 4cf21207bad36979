# residua-test: right target=CouplingLayer
import torch
import torch.nn as nn


class ResidualST(nn.Module):
    """small residual MLP which predicts log-scale and translation"""

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.inp = nn.Linear(d_in, d_hidden)
        self.fc1 = nn.Linear(d_hidden, d_hidden)
        self.fc2 = nn.Linear(d_hidden, d_hidden)
        self.out = nn.Linear(d_hidden, 2 * d_out)
        nn.init.normal_(self.out.weight, std=1e-2)
        nn.init.zeros_(self.out.bias)

    def forward(self, x):
        h = self.inp(x)
        h = h + self.fc2(torch.relu(self.fc1(torch.relu(h))))
        s, t = self.out(torch.relu(h)).chunk(2, dim=-1)
        return torch.tanh(s), t


class CouplingLayer(nn.Module):
    """RealNVP coupling: half of the features moves the other half.

    Written as (x + t) * exp(s), so going back is x * exp(-s) - t.
    """

    def __init__(self, dim=8, hidden=32, swap=False):
        super().__init__()
        self.swap = swap
        self.half = dim // 2
        self.st_net = ResidualST(self.half, hidden, dim - self.half)
        self.s_scale = nn.Parameter(torch.ones(dim - self.half))

    def forward(self, x, reverse=False):
        if self.swap:
            x = x.flip(-1)
        x_id, x_change = x[:, :self.half], x[:, self.half:]
        s, t = self.st_net(x_id)
        s = self.s_scale * s
        if reverse:
            x_change = x_change * torch.exp(-s) - t
        else:
            x_change = (x_change + t) * torch.exp(s)
        y = torch.cat([x_id, x_change], dim=-1)
        return y.flip(-1) if self.swap else y
