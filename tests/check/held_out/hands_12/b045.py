# residua-test: right target=ConvNeXtV2
import torch
import torch.nn as nn


class DropPath(nn.Module):
    def __init__(self, p=0.):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0.:
            return x
        keep = 1 - self.p
        shape = (x.size(0),) + (1,) * (x.dim() - 1)
        return x.div(keep) * torch.bernoulli(torch.full(shape, keep, device=x.device, dtype=x.dtype))


class LayerNorm2d(nn.LayerNorm):
    """channels-first"""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class GRN(nn.Module):
    """ Global Response Normalization, (N, H, W, C) """

    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, dim))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, dim))

    def forward(self, x):
        gx = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        nx = gx / (gx.mean(dim=-1, keepdim=True) + 1e-6)
        return self.gamma * (x * nx) + self.beta + x


class Block(nn.Module):
    def __init__(self, dim, drop_path=0.):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.grn = GRN(4 * dim)
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        inp = x
        x = self.dwconv(x).permute(0, 2, 3, 1)
        x = self.pwconv2(self.grn(self.act(self.pwconv1(self.norm(x)))))
        return inp + self.drop_path(x.permute(0, 3, 1, 2))


class ConvNeXtV2(nn.Module):
    def __init__(self, in_chans=3, num_classes=10, depths=(1, 1, 3, 1), dims=(16, 32, 48, 64), drop_path_rate=0.1):
        super().__init__()
        rates = torch.linspace(0, drop_path_rate, sum(depths)).tolist()
        self.stages = nn.Sequential()
        prev, k = in_chans, 0
        for i, (depth, dim) in enumerate(zip(depths, dims)):
            if i == 0:
                down = [nn.Conv2d(prev, dim, 4, stride=4), LayerNorm2d(dim, eps=1e-6)]
            else:
                down = [LayerNorm2d(prev, eps=1e-6), nn.Conv2d(prev, dim, 2, stride=2)]
            blocks = [Block(dim, rates[k + j]) for j in range(depth)]
            k += depth
            self.stages.add_module(f"stage{i}", nn.Sequential(*down, *blocks))
            prev = dim
        self.norm = nn.LayerNorm(prev, eps=1e-6)
        self.head = nn.Linear(prev, num_classes)
        self.apply(self._init_weights)

    @staticmethod
    def _init_weights(m):
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            nn.init.trunc_normal_(m.weight, std=.02)
            nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.stages(x)
        x = self.norm(x.mean([-2, -1]))
        return self.head(x)
