# residua-test: right target=PoolFormerBlock
# Why it is right: PoolFormer subtracts its input inside the token mixer because the block adds it back through the skip.
import torch
import torch.nn as nn


class Pooling(nn.Module):
    def __init__(self, pool_size=3):
        super().__init__()
        self.pool = nn.AvgPool2d(pool_size, stride=1, padding=pool_size // 2, count_include_pad=False)

    def forward(self, x):
        return self.pool(x) - x


class PoolFormerBlock(nn.Module):
    def __init__(self, dim, mlp_ratio=4, layer_scale=1e-5, use_layer_scale=True):
        super().__init__()
        self.norm1 = nn.GroupNorm(1, dim)
        self.token_mixer = Pooling()
        self.norm2 = nn.GroupNorm(1, dim)
        self.mlp = nn.Sequential(
            nn.Conv2d(dim, dim * mlp_ratio, 1), nn.GELU(), nn.Conv2d(dim * mlp_ratio, dim, 1)
        )
        if use_layer_scale:
            self.layer_scale_1 = nn.Parameter(layer_scale * torch.ones(dim))
            self.layer_scale_2 = nn.Parameter(layer_scale * torch.ones(dim))
        self.use_layer_scale = use_layer_scale

    def forward(self, x):
        mix, ff = self.token_mixer, self.mlp
        if self.use_layer_scale:
            x = x + self.layer_scale_1[:, None, None] * mix(self.norm1(x))
            x = x + self.layer_scale_2[:, None, None] * ff(self.norm2(x))
        else:
            x = x + mix(self.norm1(x))
            x = x + ff(self.norm2(x))
        return x
