# residua-test: right target=FiLMBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class FiLMBlock(nn.Module):
    def __init__(self, dim, emb_dim=96):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(dim, dim, 3, padding=1), nn.BatchNorm2d(dim))
        self.affine = nn.Linear(emb_dim, 2 * dim)
        self.out = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x, emb):
        scale, shift = self.affine(emb)[..., None, None].chunk(2, dim=1)
        h = self.body(x)
        h = h * (1 + scale) + shift
        return x + self.out(F.relu(h))
