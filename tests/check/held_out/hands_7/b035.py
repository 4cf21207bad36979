# residua-test: right target=ConvNeXtPort
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvNHWC(nn.Conv2d):
    """nn.Conv2d on channels-last tensors"""

    def forward(self, x):
        return super().forward(x.movedim(-1, 1)).movedim(1, -1)


class Dense(nn.Linear):
    def reset_parameters(self):
        nn.init.trunc_normal_(self.weight, std=0.02)
        nn.init.zeros_(self.bias)


class NextBlock(nn.Module):
    def __init__(self, dim, rate, scale_init=1e-6):
        super().__init__()
        self.Conv_0 = ConvNHWC(dim, dim, 7, padding=3, groups=dim)
        self.LayerNorm_0 = nn.LayerNorm(dim, eps=1e-6)
        self.Dense_0 = Dense(dim, dim * 4)
        self.Dense_1 = Dense(dim * 4, dim)
        self.gamma = nn.Parameter(torch.full((dim,), scale_init))
        self.rate = rate

    def forward(self, x):
        y = self.Conv_0(x)
        y = self.LayerNorm_0(y)
        y = F.gelu(self.Dense_0(y), approximate="tanh")
        y = self.gamma * self.Dense_1(y)
        if self.training and self.rate > 0.0:
            keep = 1.0 - self.rate
            rnd = torch.rand(y.shape[0], 1, 1, 1, device=y.device)
            y = torch.where(rnd < keep, y / keep, torch.zeros_like(y))
        return x + y


class ConvNeXtPort(nn.Module):
    """takes ordinary (B, 3, H, W) images"""

    def __init__(self, depths=(1, 1, 2), dims=(16, 32, 64), classes=10, drop=0.1):
        super().__init__()
        n, k = sum(depths), 0
        seq = [ConvNHWC(3, dims[0], 4, 4), nn.LayerNorm(dims[0], eps=1e-6)]
        for i, d in enumerate(depths):
            if i:
                seq += [nn.LayerNorm(dims[i - 1], eps=1e-6), ConvNHWC(dims[i - 1], dims[i], 2, 2)]
            for _ in range(d):
                seq.append(NextBlock(dims[i], drop * k / (n - 1)))
                k += 1
        self.trunk = nn.Sequential(*seq)
        self.LayerNorm_0 = nn.LayerNorm(dims[-1], eps=1e-6)
        self.head = Dense(dims[-1], classes)

    def forward(self, x):
        x = self.trunk(x.permute(0, 2, 3, 1))
        return self.head(self.LayerNorm_0(x.mean(dim=(1, 2))))
