# residua-test: right target=ConvNeXtBlock
import torch
import torch.nn as nn


class ChanLayerNorm(nn.Module):
    """LayerNorm over dim 1 of N C H W (every pixel on its own)"""

    def __init__(self, c, eps=1e-6):
        super().__init__()
        self.g = nn.Parameter(torch.ones(c))
        self.b = nn.Parameter(torch.zeros(c))
        self.eps = eps

    def forward(self, x):
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.g[:, None, None] * x + self.b[:, None, None]


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim=64, drop_path=0.1, layer_scale_init_value=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = ChanLayerNorm(dim)
        self.pw1 = nn.Conv2d(dim, 4 * dim, 1)
        self.act = nn.GELU()
        self.pw2 = nn.Conv2d(4 * dim, dim, 1)
        self.gamma = nn.Parameter(layer_scale_init_value * torch.ones(1, dim, 1, 1)) \
            if layer_scale_init_value > 0 else None
        self.drop_path = drop_path

    def forward(self, x):
        h = self.pw2(self.act(self.pw1(self.norm(self.dwconv(x)))))
        if self.gamma is not None:
            h = h * self.gamma
        if self.training and self.drop_path > 0:
            keep = 1 - self.drop_path
            h = h * torch.empty(len(x), 1, 1, 1, device=x.device, dtype=x.dtype).bernoulli_(keep) / keep
        return x + h
