# residua-test: right target=SimSiamBlock
import torch
from torch import nn
import torch.nn.functional as F



class SimSiamBlock(nn.Module):
    """Both views through one encoder; no gradient through the second."""

    def __init__(self, dim=64):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(dim, dim), nn.BatchNorm1d(dim), nn.ReLU(), nn.Linear(dim, dim))
        self.head = nn.Sequential(nn.Linear(dim, dim // 4), nn.ReLU(), nn.Linear(dim // 4, dim))

    def forward(self, a, b):
        za, zb = self.encoder(a) + a, self.encoder(b) + b
        pa, pb = self.head(za), self.head(zb)
        return -0.5 * (F.cosine_similarity(pa, zb.detach()).mean() + F.cosine_similarity(pb, za.detach()).mean())
