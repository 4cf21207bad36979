# residua-test: wrong target=ConvNeXtV2Block
# What is wrong: The drop-path mask keeps a sample with probability drop_prob instead of 1 - drop_prob (and rescales by keep), so with 0.1 nine of ten branches are dropped.
import torch
import torch.nn as nn
import torch.nn.functional as F


def drop_path(x, drop_prob: float = 0.0, training: bool = False):
    """Randomly removes the residual branch of single samples (stochastic depth)."""
    if drop_prob == 0.0 or not training:
        return x
    keep_prob = 1.0 - drop_prob
    shape = (x.shape[0],) + (1,) * (x.dim() - 1)
    mask = torch.rand(shape, dtype=x.dtype, device=x.device) < drop_prob  # expect: R169
    return x * mask.to(x.dtype) / keep_prob


class GRN(nn.Module):
    """Global response normalization, channels last."""

    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, dim))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, dim))

    def forward(self, x):
        gx = torch.linalg.vector_norm(x, ord=2, dim=(1, 2), keepdim=True)
        nx = gx / (gx.mean(dim=-1, keepdim=True) + 1e-6)
        return self.gamma * (x * nx) + self.beta + x


class ConvNeXtV2Block(nn.Module):
    def __init__(self, dim: int = 48, drop_prob: float = 0.1):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.grn = GRN(4 * dim)
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.drop_prob = drop_prob

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = F.gelu(self.pwconv1(x))
        x = self.pwconv2(self.grn(x))
        x = x.permute(0, 3, 1, 2)
        return shortcut + drop_path(x, self.drop_prob, self.training)
