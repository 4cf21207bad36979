# residua-test: right target=ShiftedWindow args=dim=32
# The mask compares all pairs of regions: one tensor is subtracted from itself along another axis.
import torch
from torch import nn


class ShiftedWindow(nn.Module):
    def __init__(self, dim, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        batch, length, dim = x.shape
        query, key, value = self.qkv(self.norm(x)).reshape(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        region = x.new_zeros(length)
        region[length // 2 :] = 1
        mask = region.unsqueeze(0) - region.unsqueeze(1)
        mask = mask.masked_fill(mask != 0, -100.0).masked_fill(mask == 0, 0.0)
        weights = torch.softmax(query @ key.transpose(-2, -1) * (dim // self.heads) ** -0.5 + mask, dim=-1)
        return x + self.proj((weights @ value).transpose(1, 2).reshape(batch, length, dim))
