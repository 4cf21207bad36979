# residua-test: wrong target=CN
import torch
import torch.nn as nn
import torch.nn.functional as F


class CN(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.a = nn.Linear(dim, 4 * dim)
        self.b = nn.Linear(4 * dim, dim)
        self.gamma = 1e-6 * torch.ones(dim)  # expect: R168

    def forward(self, x):
        y = self.dw(x).permute(0, 2, 3, 1)
        y = self.b(F.gelu(self.a(self.norm(y))))
        y = (self.gamma * y).permute(0, 3, 1, 2)  # expect
        return x + y
