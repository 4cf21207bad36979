# residua-test: right target=GRNBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class GRNBlock(nn.Module):
    """Grows with its own size, on purpose (ConvNeXt V2)."""

    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.GroupNorm(1, dim)
        self.pw1 = nn.Conv2d(dim, 4 * dim, 1)
        self.gamma = nn.Parameter(torch.zeros(1, 4 * dim, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, 4 * dim, 1, 1))
        self.pw2 = nn.Conv2d(4 * dim, dim, 1)

    def forward(self, x):
        h = F.gelu(self.pw1(self.norm(self.dw(x))))
        size = torch.sqrt((h * h).sum(dim=(2, 3), keepdim=True) + 1e-6)
        share = size / (size.mean(dim=1, keepdim=True) + 1e-6)
        h = h + self.gamma * (h * share) + self.beta
        return x + self.pw2(h)
