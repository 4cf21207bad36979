# residua-test: right target=ConvNeXtStage
import torch
import torch.nn as nn


def drop_path(x, drop_prob: float = 0., training: bool = False):
    if drop_prob == 0. or not training:
        return x
    keep_prob = 1 - drop_prob
    shape = (x.shape[0],) + (1,) * (x.ndim - 1)
    random_tensor = keep_prob + torch.rand(shape, dtype=x.dtype, device=x.device)
    random_tensor.floor_()  # binarize
    return x.div(keep_prob) * random_tensor


class LayerNormChannelsFirst(nn.Module):
    def __init__(self, c, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(c))
        self.bias = nn.Parameter(torch.zeros(c))
        self.eps = eps

    def forward(self, x):
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class ConvNeXtStage(nn.Module):
    def __init__(self, dim=24, dim_out=48, depth=3, drop_rate=0.1, ls_init=1e-6):
        super().__init__()
        self.down = nn.Sequential(LayerNormChannelsFirst(dim), nn.Conv2d(dim, dim_out, 2, 2))
        self.rates = [drop_rate * i / max(depth - 1, 1) for i in range(depth)]
        self.branches = nn.ModuleList()
        self.gammas = nn.ParameterList()
        for _ in range(depth):
            self.branches.append(nn.Sequential(
                nn.Conv2d(dim_out, dim_out, 7, padding=3, groups=dim_out),
                LayerNormChannelsFirst(dim_out),
                nn.Conv2d(dim_out, 4 * dim_out, 1),
                nn.GELU(),
                nn.Conv2d(4 * dim_out, dim_out, 1),
            ))
            self.gammas.append(nn.Parameter(ls_init * torch.ones(dim_out, 1, 1)))

    def forward(self, x):
        x = self.down(x)
        for branch, gamma, rate in zip(self.branches, self.gammas, self.rates):
            x = x + drop_path(gamma * branch(x), rate, self.training)
        return x
