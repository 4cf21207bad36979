# residua-test: wrong target=MambaBlock
import torch
from torch import nn
import torch.nn.functional as F



class MambaBlock(nn.Module):
    """A causal mixer: x is (batch, length, dim)."""

    def __init__(self, dim=64, kernel=4):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.in_proj = nn.Linear(dim, 2 * dim)
        self.conv1d = nn.Conv1d(dim, dim, kernel, padding=kernel - 1, groups=dim)
        self.out_proj = nn.Linear(dim, dim)

    def forward(self, x):
        length = x.size(1)
        h, z = self.in_proj(self.norm(x)).chunk(2, dim=-1)
        h = self.conv1d(h.transpose(1, 2))[..., -length:]  # expect: R176
        h = F.silu(h.transpose(1, 2))
        return x + self.out_proj(h * F.silu(z))
