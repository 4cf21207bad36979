# residua-test: right target=iResBlock
# Why it is right: All linear layers are spectrally normalised and the branch is scaled by 0.9, so the block is a contraction plus identity and invertible.
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import spectral_norm


class LipSwish(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor([0.5]))

    def forward(self, x):
        b = nn.functional.softplus(self.beta)
        return x * torch.sigmoid(x * b) / 1.1


class iResBlock(nn.Module):
    """Residual flow block with exact log-determinant for small dim; returns (y, logdet)."""

    def __init__(self, dim, hidden=32, coeff=0.9):
        super().__init__()
        lin = lambda i, o: spectral_norm(nn.Linear(i, o), n_power_iterations=5)
        self.g = nn.Sequential(lin(dim, hidden), LipSwish(), lin(hidden, hidden), LipSwish(), lin(hidden, dim))
        self.coeff = coeff

    def branch(self, x):
        return self.coeff * self.g(x)

    def forward(self, x):
        with torch.enable_grad():
            xr = x if x.requires_grad else x.detach().requires_grad_(True)
            fx = self.branch(xr)
            rows = [torch.autograd.grad(fx[:, i].sum(), xr, create_graph=True)[0] for i in range(x.size(1))]
        jac = torch.stack(rows, dim=1) + torch.eye(x.size(1), device=x.device)
        return x + fx, torch.linalg.slogdet(jac)[1]

    @torch.no_grad()
    def inverse(self, y, iters=100):
        x = y
        for _ in range(iters):
            x = y - self.branch(x)
        return x
