# residua-test: wrong target=Scale
import torch
import torch.nn as nn
import torch.nn.functional as F


class Scale(nn.Module):
    gamma = nn.Parameter(torch.full((1,), 0.1))  # expect: R193

    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x):
        return x + self.gamma * self.fc2(F.gelu(self.fc1(self.norm(x))))
