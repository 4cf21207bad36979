# residua-test: wrong target=LearnedGateBlock
# What is wrong: .item() turns the learnable gate into a Python number: self.gate is never trained
import torch
import torch.nn as nn


class LearnedGateBlock(nn.Module):
    """x + sigmoid(g) * F(x) with a learnable scalar g."""

    def __init__(self, hidden_dim):
        super().__init__()
        self.gate = nn.Parameter(torch.tensor(0.0))  # expect
        self.f = nn.Sequential(
            nn.GroupNorm(4, hidden_dim),
            nn.SiLU(),
            nn.Conv2d(hidden_dim, hidden_dim, 3, padding=1),
            nn.GroupNorm(4, hidden_dim),
            nn.SiLU(),
            nn.Conv2d(hidden_dim, hidden_dim, 3, padding=1),
        )

    def forward(self, x):
        g = torch.sigmoid(self.gate).item()  # expect: R155
        return x + g * self.f(x)  # expect
