# residua-test: wrong target=Layer
import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, dim, hidden=128):
        super().__init__()
        self.norm = nn.LayerNorm(dim, 0.1)  # expect: R238
        self.up = nn.Linear(dim, hidden)
        self.drop = nn.Dropout(0.1)
        self.down = nn.Linear(hidden, dim)

    def forward(self, x):
        return x + self.drop(self.down(F.gelu(self.up(self.norm(x)))))
