# residua-test: wrong target=AdditiveCoupling
# What is wrong: The input is split into even and odd features, but the output is put side by side, so inverse(forward(x)) is not x (and inverse splits as if interleaved).
import torch
import torch.nn as nn


class MLP(nn.Module):
    def __init__(self, nin, nout, nh):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(nin, nh), nn.LeakyReLU(0.2), nn.Linear(nh, nh), nn.LeakyReLU(0.2),
                                 nn.Linear(nh, nout))

    def forward(self, x):
        return self.net(x)


class AdditiveCoupling(nn.Module):
    """
    invertible residual layer: one half of the features goes through untouched,
    the other half gets a function of it added (NICE).
    `parity` says which half (even / odd features) is changed.
    """

    def __init__(self, dim=8, parity=False, nh=24):
        super().__init__()
        assert dim % 2 == 0
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
        return torch.cat([z0, z1], dim=1)  # expect: R186

    def inverse(self, z):
        z0, z1 = z[:, ::2], z[:, 1::2]
        if self.parity:
            z0, z1 = z1, z0
        x0 = z0
        x1 = z1 - self.t(z0)
        if self.parity:
            x0, x1 = x1, x0
        return torch.stack([x0, x1], dim=2).flatten(1)
