# residua-test: wrong target=AffineCoupling
# What is wrong: The inverse returns the forward log-determinant: the sign of s must flip in the reverse direction.
import torch
import torch.nn as nn


class ResidualMLP(nn.Module):
    def __init__(self, dim_in, dim_out, hidden=64, depth=2):
        super().__init__()
        self.inp = nn.Linear(dim_in, hidden)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
            for _ in range(depth))
        self.out = nn.Linear(hidden, dim_out)

    def forward(self, x):
        h = self.inp(x)
        for block in self.blocks:
            h = h + block(h)
        return self.out(h)


class AffineCoupling(nn.Module):
    """RealNVP layer; returns the transformed vector and log|det J| of the
    direction that was computed."""

    def __init__(self, dim=6, hidden=64):
        super().__init__()
        self.half = dim // 2
        self.net = ResidualMLP(self.half, 2 * (dim - self.half), hidden)

    def forward(self, x, reverse=False):
        a, b = x[:, :self.half], x[:, self.half:]
        log_s, t = self.net(a).chunk(2, dim=1)
        log_s = torch.tanh(log_s)
        if reverse:
            b = (b - t) * torch.exp(-log_s)
            logdet = log_s.sum(dim=1)  # expect: R240
        else:
            b = b * torch.exp(log_s) + t
            logdet = log_s.sum(dim=1)
        return torch.cat([a, b], dim=1), logdet
