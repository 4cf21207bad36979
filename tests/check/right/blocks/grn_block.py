# residua-test: right target=GrnBlock
import torch
from torch import nn


class Grn(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        energy = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        return x + self.gamma * (x * energy / (energy.mean(-1, keepdim=True) + 1e-6))


class GrnBlock(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.grn = Grn(4 * dim)

    def forward(self, x):
        y = self.norm(self.dw(x).permute(0, 2, 3, 1))
        y = self.fc2(self.grn(nn.functional.gelu(self.fc1(y))))
        return x + y.permute(0, 3, 1, 2)
