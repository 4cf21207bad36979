# residua-test: right target=Flow
import torch
from torch import nn


class Flow(nn.Module):
    """y = x + g(x) of few features, and log|det|; outside of training x is made a leaf of its own."""

    def __init__(self, features):
        super().__init__()
        self.g = nn.Sequential(nn.Linear(features, 16), nn.Tanh(), nn.Linear(16, features))

    def forward(self, x):
        with torch.enable_grad():
            leaf = x if x.requires_grad else x.detach().requires_grad_(True)
            moved = 0.5 * self.g(leaf)
            rows = [torch.autograd.grad(moved[:, i].sum(), leaf, create_graph=True)[0] for i in range(x.shape[1])]
        jacobian = torch.stack(rows, 1) + torch.eye(x.shape[1], device=x.device)
        return x + moved, torch.linalg.slogdet(jacobian)[1]
