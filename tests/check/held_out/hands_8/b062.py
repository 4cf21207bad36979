# residua-test: wrong target=AdditiveCoupling
# What is wrong: forward splits even and odd features but joins the halves one after the other, while inverse splits even and odd again: inverse(forward(x)) is not x
import torch
import torch.nn as nn


class MLP(nn.Module):
    """ a simple 4-layer MLP """

    def __init__(self, nin, nout, nh):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(nin, nh),
            nn.LeakyReLU(0.2),
            nn.Linear(nh, nh),
            nn.LeakyReLU(0.2),
            nn.Linear(nh, nh),
            nn.LeakyReLU(0.2),
            nn.Linear(nh, nout),
        )

    def forward(self, x):
        return self.net(x)


class AdditiveCoupling(nn.Module):
    """
    NICE style reversible residual step.
    half the dimensions are passed through, the other half get a shift computed from them.
    which half is which is swapped with parity. log det is 0.
    """

    def __init__(self, dim, parity=False, nh=24):
        super().__init__()
        assert dim % 2 == 0
        self.dim = dim
        self.parity = parity
        self.t = MLP(dim // 2, dim // 2, nh)

    def forward(self, x):
        x0, x1 = x[:, ::2], x[:, 1::2]  # expect
        if self.parity:
            x0, x1 = x1, x0
        z0 = x0
        z1 = x1 + self.t(x0)
        if self.parity:
            z0, z1 = z1, z0
        return torch.cat([z0, z1], dim=1)  # found: R186

    def inverse(self, z):
        z0, z1 = z[:, ::2], z[:, 1::2]
        if self.parity:
            z0, z1 = z1, z0
        x0 = z0
        x1 = z1 - self.t(z0)
        if self.parity:
            x0, x1 = x1, x0
        return torch.cat([x0, x1], dim=1)
