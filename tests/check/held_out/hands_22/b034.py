# residua-test: wrong target=AffineCoupling
# What is wrong: The inverse rescales first and then subtracts the shift, which does not undo z * exp(s) + t.
import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.ELU(), nn.Linear(dim, dim), nn.ELU(), nn.Linear(dim, dim))

    def forward(self, x):
        return x + self.net(x)


class AffineCoupling(nn.Module):
    """RealNVP coupling with a residual conditioner on vectors (B, dim).

    forward(x) -> (z, log_det); inverse(z) -> x
    """

    def __init__(self, dim=6, hidden=32, blocks=2, flip=False):
        super().__init__()
        self.flip = flip
        half = dim // 2
        self.cond = nn.Sequential(
            nn.Linear(half, hidden),
            *[ResBlock(hidden) for _ in range(blocks)],
            nn.ELU(),
            nn.Linear(hidden, 2 * half),
        )
        self.log_scale = nn.Parameter(torch.zeros(half))

    def _st(self, xa):
        s, t = self.cond(xa).chunk(2, dim=-1)
        return torch.tanh(s) * self.log_scale.exp(), t

    def forward(self, x):
        xa, xb = x.chunk(2, dim=-1)
        if self.flip:
            xa, xb = xb, xa
        s, t = self._st(xa)
        zb = xb * s.exp() + t
        z = torch.cat([zb, xa] if self.flip else [xa, zb], dim=-1)
        return z, s.sum(dim=-1)

    def inverse(self, z):
        za, zb = z.chunk(2, dim=-1)
        if self.flip:
            za, zb = zb, za
        s, t = self._st(za)
        xb = zb * torch.exp(-s) - t  # expect: R186
        return torch.cat([xb, za] if self.flip else [za, xb], dim=-1)
