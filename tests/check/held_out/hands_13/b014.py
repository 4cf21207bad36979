# residua-test: right target=ConformerBlock
import torch
from torch import nn


class Half(nn.Module):
    """x + weight * f(norm(x))"""

    def __init__(self, dim, f, weight=1.0):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.f = f
        self.weight = weight

    def forward(self, x):
        return torch.add(x, self.f(self.norm(x)), alpha=self.weight)


class MHSA(nn.Module):
    def __init__(self, dim, heads, p):
        super().__init__()
        self.mha = nn.MultiheadAttention(dim, heads, dropout=p, batch_first=True)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        return self.drop(self.mha(x, x, x, need_weights=False)[0])


class TimeConv(nn.Module):
    def __init__(self, dim, k, p):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv1d(dim, 2 * dim, 1), nn.GLU(1),
            nn.Conv1d(dim, dim, k, padding="same", groups=dim), nn.BatchNorm1d(dim), nn.SiLU(),
            nn.Conv1d(dim, dim, 1), nn.Dropout(p),
        )

    def forward(self, x):
        return self.inner(x.mT).mT


class ConformerBlock(nn.Sequential):
    """half FFN, attention, conv, half FFN, norm. (batch, time, dim)"""

    def __init__(self, dim=64, heads=4, k=15, p=0.1):
        def ffn():
            return nn.Sequential(
                nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Dropout(p), nn.Linear(4 * dim, dim), nn.Dropout(p))

        super().__init__(
            Half(dim, ffn(), 0.5),
            Half(dim, MHSA(dim, heads, p)),
            Half(dim, TimeConv(dim, k, p)),
            Half(dim, ffn(), 0.5),
            nn.LayerNorm(dim),
        )
