# residua-test: wrong target=AdditiveCoupling
# What is wrong: the halves are taken interleaved (even and odd columns) but concatenated one after the other, so inverse() does not undo forward() for dim > 2
import torch
from torch import nn


class MLP(nn.Module):
    """ a simple 4-layer MLP """

    def __init__(self, nin, nout, nh):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(nin, nh), nn.LeakyReLU(0.2),
            nn.Linear(nh, nh), nn.LeakyReLU(0.2),
            nn.Linear(nh, nh), nn.LeakyReLU(0.2),
            nn.Linear(nh, nout),
        )

    def forward(self, x):
        return self.net(x)


class AdditiveCoupling(nn.Module):
    """
    One half passes, the other one gets a residual that depends on the first:
        z0 = x0
        z1 = x1 + t(x0)
    volume preserving, inverse in closed form. parity swaps the halves.
    """

    def __init__(self, dim, parity=False, nh=24):
        super().__init__()
        self.dim = dim
        self.parity = parity
        self.t = MLP(dim // 2, dim // 2, nh)

    def forward(self, x):
        x0, x1 = x[:, ::2], x[:, 1::2]
        if self.parity:
            x0, x1 = x1, x0
        z0 = x0
        z1 = x1 + self.t(x0)
        if self.parity:
            z0, z1 = z1, z0
        z = torch.cat([z0, z1], dim=1)  # expect: R186
        log_det = torch.zeros(x.shape[0], device=x.device)
        return z, log_det

    def inverse(self, z):
        z0, z1 = z[:, ::2], z[:, 1::2]
        if self.parity:
            z0, z1 = z1, z0
        x0 = z0
        x1 = z1 - self.t(z0)
        if self.parity:
            x0, x1 = x1, x0
        x = torch.cat([x0, x1], dim=1)
        log_det = torch.zeros(z.shape[0], device=z.device)
        return x, log_det
