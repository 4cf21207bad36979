# residua-test: right target=AdaResBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class AdaIN(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(c))
        self.shift = nn.Parameter(torch.zeros(c))

    def forward(self, x):
        b, c, h, w = x.shape
        y = F.instance_norm(x.reshape(1, b * c, h, w)).view(b, c, h, w)
        return y * self.scale[None, :, None, None] + self.shift[None, :, None, None]


class AdaResBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.n1 = AdaIN(dim)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1)
        self.n2 = AdaIN(dim)

    def forward(self, x):
        return x + self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
