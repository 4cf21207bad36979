# residua-test: wrong target=Tokens
import torch
import torch.nn as nn
import torch.nn.functional as F


class Tokens(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q = nn.Linear(dim, dim // 4)
        self.k = nn.Linear(dim // 4, dim)

    def forward(self, x):
        w = torch.tanh(self.k(F.relu(self.q(x.mean(1))))).unsqueeze(1)
        return x * (1 + w) + x  # expect: R236
