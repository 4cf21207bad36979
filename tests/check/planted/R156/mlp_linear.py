# residua-test: wrong target=Mlp
import torch.nn as nn


class Mlp(nn.Module):
    def __init__(self, dim, hidden=256):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        return x + self.fc2(self.fc1(self.norm(x)))  # expect: R156
