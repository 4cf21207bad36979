# residua-test: right target=PoolFormerBlock
import torch
import torch.nn as nn


def drop_path(x, p, training):
    if p == 0 or not training:
        return x
    keep = 1 - p
    m = torch.rand(x.shape[0], 1, 1, 1, device=x.device, dtype=x.dtype).add(keep).floor()
    return x / keep * m


class Pooling(nn.Module):
    def __init__(self, k=3):
        super().__init__()
        self.pool = nn.AvgPool2d(k, stride=1, padding=k // 2, count_include_pad=False)

    def forward(self, x):
        return self.pool(x) - x


class PoolFormerBlock(nn.Module):
    def __init__(self, dim, mlp_ratio=2, drop_path=0.0, ls_init=1e-5):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(1, dim), nn.GroupNorm(1, dim)
        self.token_mixer = Pooling()
        self.mlp = nn.Sequential(nn.Conv2d(dim, dim * mlp_ratio, 1), nn.GELU(), nn.Conv2d(dim * mlp_ratio, dim, 1))
        self.ls1 = nn.Parameter(ls_init * torch.ones(dim, 1, 1))
        self.ls2 = nn.Parameter(ls_init * torch.ones(dim, 1, 1))
        self.p = drop_path

    def forward(self, x):
        x = x + drop_path(self.ls1 * self.token_mixer(self.norm1(x)), self.p, self.training)
        x = x + drop_path(self.ls2 * self.mlp(self.norm2(x)), self.p, self.training)
        return x
